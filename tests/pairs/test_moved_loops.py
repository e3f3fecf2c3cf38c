"""A tool loop whose second turn meets another platform, or another memory, than its first.

Who made the reasoning's state goes on with it, whoever would come first. Where that one is gone,
the other is sent no state that it cannot read, and the loss is named.
"""

import os
import signal
from collections.abc import Iterator
from itertools import permutations, product

import pytest

from detente.canonical.model import Dialect
from detente.simulator import Status
from tests.gateway_process import eventually
from tests.pairs.carried import states
from tests.pairs.clients import CLIENTS
from tests.pairs.stage import UPSTREAMS, Stage, model_of
from tests.pairs.talk import Result, Talk, Terms
from tests.pairs.test_tool_loops import NAMES, PROMPT, UNTOLD, called, last_body
from tests.pairs.told import Told

Move = tuple[Dialect, str, str, bool]
"""Client, first and second upstream, streamed."""


def moves(*, made: bool = False) -> Iterator[object]:
    """All, in both forms, or those whose second upstream makes state (`made`). `make test` takes
    each in one form, and Bedrock's envelope only beside the platform that speaks what is in it."""
    for index, (client, first, second) in enumerate(
        (client, *pair) for client in CLIENTS for pair in permutations(UPSTREAMS, 2)
    ):
        if made and second in UNTOLD:
            continue
        enveloped = "bedrock_invoke" in (first, second)
        plain = not enveloped or "anthropic_messages" in (first, second)
        for stream in (False, True):
            quick = plain and stream == bool(index % 2)
            form = "streamed" if stream else "whole"
            yield pytest.param(
                (client, first, second, stream),
                marks=() if quick else pytest.mark.long,
                id=f"{client}-{first}-{second}-{form}",
            )


def moved(stage: Stage, client: Dialect, upstreams: tuple[str, str], *, stream: bool) -> Talk:
    """A talk with a model that both serve, who forgot what they were told."""
    for upstream in upstreams:
        stage.platforms[upstream].reset()
    terms = Terms(url=stage.url, model=model_of(*upstreams), stream=stream, tools=NAMES)
    return CLIENTS[client](terms)


def gone_on(talk: Talk, told: Told) -> str:
    """The text of the answer to the results of both calls."""
    results = [(id_, name, Result(text="fine")) for id_, name, _ in told.calls]
    return talk.give(results).text


@pytest.mark.parametrize("move", list(moves()))
def test_another_platform_goes_on_without_foreign_state(stage: Stage, move: Move) -> None:
    client, first, second, stream = move
    talk = moved(stage, client, (first, second), stream=stream)
    stage.platforms[second].script(Status(status=503))  # it may be tried first, losing less
    told = talk.ask(PROMPT)
    called(told)
    assert talk.heard.deployment == first
    stage.platforms[second].reset()
    stage.platforms[first].script(Status(status=503))
    assert gone_on(talk, told).startswith("The tool says: fine fine")
    assert talk.heard.deployment == second
    kept = states(second, last_body(stage, second))
    if UPSTREAMS[first].dialect == UPSTREAMS[second].dialect:
        assert kept, "Claude's signatures hold on all its platforms"
    else:
        assert kept == []
        assert first in UNTOLD or {"reasoning_state", "reasoning_text"} & set(talk.heard.lost)


@pytest.mark.parametrize("move", list(moves(made=True)))
def test_who_made_the_state_goes_on_though_another_comes_first(stage: Stage, move: Move) -> None:
    client, first, second, stream = move
    talk = moved(stage, client, (first, second), stream=stream)
    stage.platforms[first].script(Status(status=503))
    told = talk.ask(PROMPT)
    called(told)
    assert talk.heard.deployment == second
    stage.platforms[first].reset()
    assert gone_on(talk, told).startswith("The tool says: fine fine")
    taken = talk.heard.deployment
    assert taken == second or UPSTREAMS[taken].dialect == UPSTREAMS[second].dialect == client
    assert states(taken, last_body(stage, taken))
    assert "reasoning_state@turns" not in talk.heard.headers["x-detente-loss"]


def hands_back(client: str, upstream: str, *, stream: bool) -> bool:
    """Whether the client itself has what the upstream needs again, whoever is reminded of it."""
    if upstream in UNTOLD:
        return False
    if upstream == "gemini_generate":  # whose state is a call's, for which others have no place
        return client == "gemini_generate" or (client == "openai_chat" and not stream)
    return client != "openai_chat"


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_a_worker_without_memory_goes_on(stage: Stage, stream: bool) -> None:
    begun: list[tuple[Dialect, str, Talk, Told]] = []
    for client, upstream in product(CLIENTS, UPSTREAMS):
        stage.platforms[upstream].reset()
        terms = Terms(url=stage.url, model=model_of(upstream), stream=stream, tools=NAMES)
        talk = CLIENTS[client](terms)
        begun.append((client, upstream, talk, talk.ask(PROMPT)))
    (worker,) = stage.gateway.workers()
    os.kill(worker, signal.SIGKILL)
    eventually(lambda: stage.gateway.workers() not in ([worker], []), "another worker runs")
    for client, upstream, talk, told in begun:
        called(told)
        assert gone_on(talk, told).startswith("The tool says: fine fine")
        kept = bool(states(upstream, last_body(stage, upstream)))
        assert kept == hands_back(client, upstream, stream=stream), (client, upstream)
