"""What is found in headers that would go along stays behind."""

from collections.abc import Iterator

import pytest

from detente.gateway.guarding.forwarding import keep_back
from detente.guardrails.detector import Finding
from detente.guardrails.detectors.email import Email
from detente.guardrails.screening import Screen

NAMES = frozenset((b"user-agent", b"accept", b"content-type", b"anthropic-version"))
SCREEN = Screen((Email(),))


class Broken:
    """A detector that raises."""

    name = "broken"
    categories = ("email",)
    look_back = 10

    def find(self, text: str) -> Iterator[Finding]:
        raise ValueError(text)


def _kept(
    headers: dict[bytes, bytes], screen: Screen = SCREEN, *, minded: bool = True
) -> dict[bytes, bytes]:
    keep_back(headers, NAMES, screen, minds=lambda category: minded and category == "email")
    return headers


def test_what_is_clean_goes() -> None:
    headers = {b"user-agent": b"OpenAI/Python 2.8", b"accept": b"*/*", b"x-own": b"a@contoso.com"}
    assert _kept(dict(headers)) == headers


@pytest.mark.parametrize(
    "value",
    [
        b"bot (ann@contoso.com)",
        "bot für ann@contoso.com".encode(),
        "bot für ann@contoso.com".encode("latin-1"),
    ],
)
def test_what_is_found_stays(value: bytes) -> None:
    assert _kept({b"user-agent": value, b"accept": b"*/*"}) == {b"accept": b"*/*"}


def test_a_content_type_becomes_jsons() -> None:
    said = {b"content-type": b"application/json; from=ann@contoso.com"}
    assert _kept(said) == {b"content-type": b"application/json"}


def test_what_nobody_minds_goes() -> None:
    headers = {b"user-agent": b"bot (ann@contoso.com)"}
    assert _kept(dict(headers), minded=False) == headers


def test_what_could_not_be_looked_at_stays_but_for_the_version_of_an_api() -> None:
    headers = {b"user-agent": b"bot", b"anthropic-version": b"2023-06-01"}
    assert _kept(headers, Screen((Broken(),))) == {b"anthropic-version": b"2023-06-01"}


def test_a_version_that_is_more_than_that_is_looked_at() -> None:
    assert _kept({b"anthropic-version": b"2023-06-01 ann@contoso.com"}) == {}
