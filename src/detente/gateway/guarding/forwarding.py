"""Headers of a client's under policies on content: what is found in them stays behind.

A provider that speaks the client's own dialect is sent some of the client's headers as they came
(`Endpoint.forwarded`), and some of those may say anything: a `user-agent` names its owner now and
then. Nobody needs that, so what some deployment may not see raw goes to none of them.

>>> headers = {b"user-agent": b"bot (ann@contoso.com)"}
>>> keep_back(headers, {b"user-agent"}, screen, minds=lambda category: True)
>>> headers
{}
"""

import re
from collections.abc import Callable, Set
from typing import TYPE_CHECKING, Final

from detente.guardrails.judging import PASSING
from detente.guardrails.rulebook import Governed
from detente.guardrails.screening import Screen

if TYPE_CHECKING:
    from detente.gateway.exchange import Exchange

CONTENT_TYPE: Final = b"content-type"
JSON: Final = b"application/json"
VERSION: Final = re.compile(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}")
"""Of an API (`anthropic-version`), which is no date of anybody's."""


def clean_headers(exchange: "Exchange", governed: Governed, screen: Screen) -> None:
    """Take out what some deployment of the plan may not see of the headers that it would get."""
    plan, spec = exchange.plan, exchange.spec
    assert plan is not None
    assert spec is not None
    ways = [way for step in plan.steps for way in (step.endpoint, *step.candidates)]
    forwarded = [way.forwarded for way in ways if way.spec.name == spec.name]
    if not forwarded:  # nobody speaks the client's dialect: everybody gets headers of our own
        return

    def minds(category: str) -> bool:
        several = governed.treatments.values()
        return any(one.of(category, "input").treatment not in PASSING for one in several)

    names = frozenset[bytes]().union(*forwarded)
    keep_back(exchange.request.headers, names, screen, minds=minds)


def keep_back(
    headers: dict[bytes, bytes],
    forwarded: Set[bytes],
    screen: Screen,
    *,
    minds: Callable[[str], bool],
) -> None:
    """Take those of `headers` out that are `forwarded`, and in which something is found of a
    category that somebody `minds`, or that could not be looked at. A content type becomes JSON's,
    which the body is."""
    names = [
        name
        for name, value in headers.items()
        if name in forwarded and not VERSION.fullmatch(value)
    ]
    if _is_clean(b"\n".join(headers[name] for name in names), screen, minds):
        return
    for name in names:
        if not _is_clean(headers[name], screen, minds):
            del headers[name]
            if name == CONTENT_TYPE:
                headers[CONTENT_TYPE] = JSON


def _is_clean(value: bytes, screen: Screen, minds: Callable[[str], bool]) -> bool:
    """Read as Latin-1, and as UTF-8 where that is another text: nobody says which it is."""
    texts = {value.decode("latin-1"), value.decode("utf-8", "replace")}
    looks = [screen.look(text) for text in texts if text]
    return not any(
        look.failed or any(minds(one.category) for one in (*look.found, *look.beaten))
        for look in looks
    )
