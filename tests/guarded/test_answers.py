"""No byte that a client gets has a stand-in: not in what an answer repeats of the request, and not
in an event that only some programs read."""

import re
from collections.abc import Generator
from typing import Any, Final

import pytest
from openai import OpenAI

from tests.guarded.asking import Asked, pieces_of, turns
from tests.guarded.clients import CLIENTS
from tests.guarded.everywhere import EVERYWHERE
from tests.guarded.planted import LETTER, strings_of
from tests.guarded.relay import Relay, relaying
from tests.guarded.stage import KEYS, model_of
from tests.guarded.test_everywhere import COMPLETIONS, PLACES, PROMPT, Planting
from tests.pairs.stage import Stage
from tests.pairs.talk import Terms

_CODE: Final = re.compile(r"_([a-z2-7]{13})⟩")


@pytest.fixture(scope="module")
def relay(stage: Stage) -> Generator[Relay]:
    with relaying(stage.gateway.port) as running:
        yield running


def codes_in(body: bytes) -> set[str]:
    """What makes each stand-in of a request its own."""
    return {code for text in strings_of(body) for code in _CODE.findall(text)}


@pytest.mark.parametrize("shaped", [False, True], ids=["tools", "shaped"])
@pytest.mark.parametrize("client", CLIENTS)
def test_no_client_sees_a_stand_in(stage: Stage, relay: Relay, client: str, shaped: bool) -> None:
    if shaped and client == COMPLETIONS:
        return  # which asks for no shape
    pairs = turns(pair for pair in PLACES if pair[0] == client)[2 * shaped :: 4]
    for at, (who, upstream, _, _) in enumerate(pairs):
        asked = Asked(stage, who, upstream, "typed", stream=False)
        model = model_of(upstream)
        terms = Terms(url=relay.url, model=model, key=KEYS["typed"], stream=at % 2 > 0)
        said = PROMPT if shaped else f"echo {LETTER}"
        EVERYWHERE[who](terms, Planting(), said, shaped=shaped)
        codes = codes_in(asked.sent(1)[0].body)
        answers = relay.answers()
        assert len(codes) > 10, asked.name
        assert len(answers) > len(LETTER), asked.name
        assert [one for one in codes if one.encode() in answers] == [], asked.name


def test_every_event_of_a_response_has_the_same_text(stage: Stage) -> None:
    """Programs read deltas, or what ends them, or the whole response: all are alike."""
    client = OpenAI(base_url=stage.url + "/v1", api_key=KEYS["typed"], max_retries=0, timeout=30)
    create: Any = client.responses.create
    members = {"instructions": f"for {LETTER}", "metadata": {"a": "ann.lee@contoso.com"}}
    for upstream in ("openai_responses", "anthropic_messages", "openai_chat"):
        with pieces_of(3):
            asked = {"model": model_of(upstream), "input": f"echo {LETTER}", "stream": True}
            events = list(create(**asked, **members))
        deltas = [one.delta for one in events if one.type == "response.output_text.delta"]
        assert "".join(deltas) == LETTER
        (done,) = [one.text for one in events if one.type == "response.output_text.done"]
        (part,) = [one.part for one in events if one.type == "response.content_part.done"]
        (item,) = [one.item for one in events if one.type == "response.output_item.done"]
        response = events[-1].response
        texts = [done, part.text, item.content[0].text, response.output_text]
        assert texts == [LETTER] * 4, upstream
        for one in (events[0].response, response):
            told = {"instructions": one.instructions, "metadata": one.metadata}
            assert told == members, upstream
