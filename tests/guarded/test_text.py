"""Originals leave as stand-ins and come back in the text, for each client and each platform."""

from collections.abc import Callable

import pytest

from tests.guarded.asking import PAIRS, Asked, turns
from tests.guarded.clients import CLIENTS
from tests.guarded.planted import LETTER, ORIGINALS, Wire
from tests.guarded.stage import KEYS, UPSTREAMS, model_of
from tests.pairs.stage import Stage
from tests.pairs.talk import Terms


def ask(stage: Stage, client: str, upstream: str, project: str, *, stream: bool) -> int:
    """One request with every original in it; returns how many bytes were looked through."""
    asked = Asked(stage, client, upstream, project, stream=stream)
    told = asked.talk().ask(f"echo {LETTER}")
    asked.sent(1)
    assert (told.text, told.stop) == (LETTER, "end"), asked.name
    return asked.wire.bytes_seen


@pytest.mark.parametrize("client", CLIENTS)
def test_a_letter(stage: Stage, client: str, tell: Callable[[str], None]) -> None:
    seen = [
        ask(stage, who, upstream, project, stream=stream)
        for who, upstream, project, stream in turns((client, one) for one in UPSTREAMS)
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
