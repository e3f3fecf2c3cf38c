"""Somebody's data wherever an official client takes text: nothing of it reaches a platform, and a
structured answer has its originals again, as JSON that each client's program can read."""

import json
from collections.abc import Callable
from typing import Any, Final

import pytest

from tests.guarded.asking import PAIRS, Asked, turns
from tests.guarded.clients import CLIENTS
from tests.guarded.everywhere import EVERYWHERE
from tests.guarded.planted import LETTER, NAMES, ORIGINALS
from tests.guarded.stage import KEYS, model_of
from tests.pairs.stage import Stage
from tests.pairs.talk import Terms

SHAPED: Final[dict[str, Any]] = {
    "to": ORIGINALS[0],
    "one": "other",
    **{f"n{at}": f"see {one}!" for at, one in enumerate(ORIGINALS)},
}
PROMPT: Final = (
    "echo {"
    + ", ".join(
        f'"{name}": "{text}"' for name, text in SHAPED.items()
    )  # raw: a model has stand-ins
    + "}"
)


COMPLETIONS: Final = "openai_completions"
PLACES: Final = tuple(pair for pair in PAIRS if COMPLETIONS not in pair or pair[0] == COMPLETIONS)
"""A platform that only completes is asked by its own client alone: it takes nothing of all this."""


class Planting:
    """Another address for each place, with a name that needs escaping beside it."""

    def __init__(self) -> None:
        self.originals: dict[str, str] = {}

    def __call__(self, place: str) -> str:
        assert place not in self.originals, f"{place} is planted twice"
        self.originals[place] = address = f"p{len(self.originals)}.ann@contoso.com"
        if place in ALONE:
            return address
        return f"{NAMES[len(self.originals) % len(NAMES)]} of {place}, {address}"


ALONE: Final = ("name", "user id", "safety identifier", "cache key")
"""Places that take one word."""


def ask(
    stage: Stage, client: str, upstream: str, project: str, *, stream: bool, shaped: bool
) -> tuple[int, int]:
    """One request; returns how many originals were planted, and the bytes looked through."""
    planting = Planting()
    asked = Asked(stage, client, upstream, project, stream=stream)
    terms = Terms(url=stage.url, model=model_of(upstream), key=KEYS[project], stream=stream)
    said = PROMPT if shaped else f"echo {LETTER}"
    told = EVERYWHERE[client](terms, planting, said, shaped=shaped)
    asked.look_for({*ORIGINALS, *planting.originals.values(), "contoso"})
    asked.sent(1)
    if shaped:
        assert json.loads(told) == SHAPED, asked.name
    else:
        assert told == LETTER, asked.name
    return len(planting.originals) + len(ORIGINALS), asked.wire.bytes_seen


@pytest.mark.parametrize("client", CLIENTS)
def test_everywhere(stage: Stage, client: str, tell: Callable[[str], None]) -> None:
    pairs = turns(pair for pair in PLACES if pair[0] == client)
    seen = [
        ask(stage, who, upstream, project, stream=stream is not shaped, shaped=shaped)
        for who, upstream, project, stream in pairs
        for shaped in ((False,) if client == COMPLETIONS else (False, True))
    ]
    planted, bytes_seen = map(sum, zip(*seen, strict=True))
    tell(
        f"guarded {client}: {len(pairs)} platforms, {len(seen)} requests, {planted} originals "
        f"planted, {bytes_seen} bytes on the wire, 0 originals in them, all of an answer back"
    )


@pytest.mark.long
@pytest.mark.parametrize("shaped", [False, True], ids=["tools", "shaped"])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("project", ["typed", "alike"])
@pytest.mark.parametrize(("client", "upstream"), PLACES)
def test_every_pair(
    stage: Stage, client: str, upstream: str, *, project: str, stream: bool, shaped: bool
) -> None:
    if not (shaped and client == COMPLETIONS):
        ask(stage, client, upstream, project, stream=stream, shaped=shaped)
