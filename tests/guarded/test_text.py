"""Originals leave as stand-ins and come back in the text, for each client and each platform."""

from collections.abc import Callable
from itertools import product
from typing import Final

import pytest

from tests.guarded.clients import CLIENTS
from tests.guarded.planted import LETTER, ORIGINALS, Wire
from tests.guarded.stage import KEYS, UPSTREAMS, model_of
from tests.pairs.stage import Stage
from tests.pairs.talk import Terms

PAIRS: Final = tuple(product(CLIENTS, UPSTREAMS))


def ask(stage: Stage, client: str, upstream: str, project: str, *, stream: bool) -> int:
    """One request with every original in it; returns how many bytes were looked through."""
    wire = Wire(ORIGINALS)
    model = model_of(upstream)
    terms = Terms(url=stage.url, model=model, key=KEYS[project], stream=stream, thinks=False)
    stage.platforms[upstream].reset()
    told = CLIENTS[client](terms).ask(f"echo {LETTER}")
    (received,) = stage.platforms[upstream].requests
    assert wire.leaks(received) == [], (client, upstream, project, stream)
    assert (told.text, told.stop) == (LETTER, "end"), (client, upstream, project, stream)
    return wire.bytes_seen


@pytest.mark.parametrize("client", CLIENTS)
def test_a_letter(stage: Stage, client: str, tell: Callable[[str], None]) -> None:
    seen = [
        ask(stage, client, upstream, ("typed", "alike")[at // 2 % 2], stream=bool(at % 2))
        for at, upstream in enumerate(UPSTREAMS)
    ]
    told = f"{len(seen)} pairs, {len(seen) * len(ORIGINALS)} originals planted"
    tell(f"guarded text by {client}: {told}, {sum(seen)} bytes seen, 0 originals in them")


@pytest.mark.long
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("project", ["typed", "alike"])
@pytest.mark.parametrize(("client", "upstream"), PAIRS)
def test_every_pair(stage: Stage, client: str, upstream: str, project: str, stream: bool) -> None:
    assert ask(stage, client, upstream, project, stream=stream) > 0


def test_without_a_policy_the_wire_has_them(stage: Stage) -> None:
    """What looks through the wire can fail: this project's policy lets requests pass."""
    upstream = "openai_chat"
    terms = Terms(url=stage.url, model=model_of(upstream), key=KEYS["withheld"], thinks=False)
    stage.platforms[upstream].reset()
    CLIENTS["openai_chat"](terms).ask(f"echo {LETTER}")
    (received,) = stage.platforms[upstream].requests
    assert set(Wire(ORIGINALS).leaks(received)) == set(ORIGINALS)
