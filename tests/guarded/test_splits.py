"""Stand-ins that arrive in pieces come back whole: streams in pieces of 1, 3 and 17 characters, and
in writes that cut characters, from every platform to every client."""

from typing import Final

import pytest

from tests.guarded.asking import PAIRS, Asked, pieces_of, turns
from tests.guarded.clients import CLIENTS
from tests.guarded.planted import LETTER, ORIGINALS, Wire
from tests.guarded.stage import KEYS, UPSTREAMS, model_of
from tests.pairs.stage import Stage
from tests.pairs.talk import Terms

SIZES: Final = (1, 3, 17)
"""Of pieces, in characters."""
WRITE_BYTES: Final = 5


def ask(
    stage: Stage, client: str, upstream: str, project: str, size: int, *, torn: bool = False
) -> None:
    """One stream with every original in it."""
    asked = Asked(stage, client, upstream, project, stream=True)
    if torn:
        asked.torn(WRITE_BYTES)
    with pieces_of(size):
        told = asked.talk().ask(f"echo {LETTER}")
    asked.sent(1)
    assert (told.text, told.stop) == (LETTER, "end"), (asked.name, size, torn)


@pytest.mark.parametrize("client", CLIENTS)
def test_every_platform_in_pieces(stage: Stage, client: str) -> None:
    pairs = turns((client, one) for one in UPSTREAMS)
    for at, (_, upstream, project, _) in enumerate(pairs):
        ask(stage, client, upstream, project, SIZES[at % 3], torn=at % 3 == 2)


@pytest.mark.long
@pytest.mark.parametrize("torn", [False, True], ids=["events", "torn"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("project", ["typed", "alike"])
@pytest.mark.parametrize(("client", "upstream"), PAIRS)
def test_every_split(
    stage: Stage, client: str, upstream: str, *, project: str, size: int, torn: bool
) -> None:
    ask(stage, client, upstream, project, size, torn=torn)


def test_without_a_policy_the_wire_has_them(stage: Stage) -> None:
    """What looks through the wire can fail: this project's policy lets requests pass."""
    upstream = "openai_chat"
    terms = Terms(url=stage.url, model=model_of(upstream), key=KEYS["withheld"], thinks=False)
    stage.platforms[upstream].reset()
    CLIENTS["openai_chat"](terms).ask(f"echo {LETTER}")
    (received,) = stage.platforms[upstream].requests
    assert set(Wire(ORIGINALS).leaks(received)) == set(ORIGINALS)
