"""What is put back is what this request had sent, and nothing else: not what a model invents in the
same shape, not another project's stand-in, not one of an earlier request, not what runs beside."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest

from detente.simulator import Hold
from detente.simulator.composition import Composition
from tests.guarded.asking import Asked, saying, turns
from tests.guarded.clients import CLIENTS
from tests.guarded.planted import strings_of
from tests.guarded.stage import UPSTREAMS
from tests.pairs.stage import Stage

ANN: Final = "ann.lee@contoso.com"
BOB: Final = "bob.ray@contoso.com"
INVENTED: Final = "⟨EMAIL_abcdefghijklm⟩"
_STAND_IN: Final = re.compile(r"⟨EMAIL_[a-z2-7]{13}⟩|[\w.]+@example\.(?:com|net|org)")
WAIT_S: Final = 20.0


def stand_in(stage: Stage, client: str, upstream: str, project: str, original: str) -> str:
    """What stands for `original` in a project, from the wire."""
    asked = Asked(stage, client, upstream, project, stream=False, originals=[original])
    asked.talk().ask(f"echo {original}")
    (received,) = asked.sent(1)
    found = [one for text in strings_of(received.body) for one in _STAND_IN.findall(text)]
    assert len(found) == 1, asked.name
    return found[0]


@pytest.mark.parametrize("client", CLIENTS)
def test_only_what_the_request_had_comes_back(stage: Stage, client: str) -> None:
    chosen = turns((client, one) for one in UPSTREAMS)[::5]
    for who, upstream, project, stream in chosen:
        neighbours = stand_in(stage, who, upstream, "neighbour", ANN)
        earlier = stand_in(stage, who, upstream, project, BOB)
        own = stand_in(stage, who, upstream, project, ANN)
        assert len({neighbours, earlier, own}) == 3
        others = f"{INVENTED}, {neighbours} and {earlier}"

        def answer(prompt: str, others: str = others) -> Composition:
            return Composition(text=f"{others}: {prompt}")

        asked = Asked(stage, who, upstream, project, stream=stream, originals=[ANN])
        with saying(answer):
            told = asked.talk().ask(ANN)
        asked.sent(1)
        assert told.text == f"{others}: {ANN}", asked.name


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("client", CLIENTS)
def test_two_projects_at_once(stage: Stage, client: str, stream: bool) -> None:
    """Each model says what both were asked: neither client has an original of the other's."""
    upstream = list(UPSTREAMS)[list(CLIENTS).index(client)]
    projects = {"typed": ANN, "neighbour": BOB}
    stand_ins = {
        one: stand_in(stage, client, upstream, one, original) for one, original in projects.items()
    }
    everything = " and ".join(stand_ins.values())
    platform = stage.platforms[upstream]
    asked = {one: Asked(stage, client, upstream, one, stream=stream) for one in projects}
    platform.script(Hold(times=2))

    def ask(project: str) -> str:
        return asked[project].talk().ask(projects[project]).text

    with ThreadPoolExecutor(2) as both, saying(lambda _: Composition(text=everything)):
        telling = {one: both.submit(ask, one) for one in projects}
        platform.until(lambda gauge: gauge.held == 2)
        platform.release()
        told = {one: future.result(WAIT_S) for one, future in telling.items()}
    assert len(platform.requests) == 2
    for project, text in told.items():
        expected = everything.replace(stand_ins[project], projects[project])
        assert text == expected, asked[project].name
