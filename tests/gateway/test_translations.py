"""One request in canonical form: as the client sent it, and in the forms that policies make."""

import json

import pytest
from tests.gateway.governing import ANN, Staging, at, house, post
from tests.gateway.scripts import answer, chat
from tests.gateway.stage import Client, Stage

from detente.canonical.failure import ClientFault
from detente.dialects.counting_translation import CountingTranslation
from detente.dialects.embedding_translation import EmbeddingTranslation
from detente.dialects.translation import Memory, Outgoing, Translation
from detente.gateway.exchange import Exchange
from detente.gateway.guarding.guard import Guard
from detente.gateway.translations import Translations, encoded_for
from detente.gateway.upstream.endpoint import Endpoint

PLACES = """
[guardrails.policies.house]
detectors = ["email"]

[[guardrails.policies.house.data]]
deployments = { hosts = ["one"] }
input = "flag"

[[guardrails.policies.house.data]]
input = "pseudonymise"
"""
FIRST, SECOND = "first/m-first", "second/m-second"
ANTHROPIC = """
[providers.anthropic]
kind = "anthropic"
base_url = "http://127.0.0.1:1005"

[models."tests/c"]
aliases = ["c"]
deployments = [{ provider = "anthropic", id = "c-1" }]
"""
MESSAGES = ("anthropic-version: 2023-06-01",)
CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "find", "arguments": "{}"},
}
FIND = {"type": "function", "function": {"name": "find", "parameters": {"type": "object"}}}


def exchange_of(client: Client) -> Exchange:
    """The exchange that waits for its provider."""
    exchange = client.connection.exchange
    assert exchange is not None
    return exchange


def made(exchange: Exchange) -> Translations:
    assert exchange.spec is not None
    assert exchange.route is not None
    return Translations(exchange, exchange.spec, exchange.route)


def guard_of(exchange: Exchange) -> Guard:
    assert exchange.guard is not None
    return exchange.guard


def endpoint_of(exchange: Exchange) -> Endpoint:
    step = exchange.attempts.step
    assert step is not None
    return step.endpoint


def under_way(stage: Stage, data: bytes) -> tuple[Client, Exchange]:
    client = stage.client()
    client.sends(data)
    return client, exchange_of(client)


def test_a_request_is_decoded_once(staging: Staging) -> None:
    with staging(PLACES) as stage:
        client, exchange = under_way(stage, chat("m", text=ANN))
        translations = made(exchange)
        assert translations.asked() is translations.asked()
        client.hangs_up()


def test_a_form_with_the_clients_texts_is_what_the_client_sent(staging: Staging) -> None:
    with staging(PLACES) as stage:
        client, exchange = under_way(stage, chat("m", text=ANN))
        translations = made(exchange)
        form = guard_of(exchange).form_of(FIRST)
        assert translations.of(form, FIRST) is translations.asked()
        client.hangs_up()


def test_each_form_is_decoded_once_and_repeats_what_the_client_sent(staging: Staging) -> None:
    with staging(PLACES) as stage:
        client, exchange = under_way(stage, chat("m", text=ANN))
        translations = made(exchange)
        form = guard_of(exchange).form_of(SECOND)
        one = translations.of(form, SECOND)
        assert one is translations.of(form, SECOND)
        assert one is not translations.asked()
        assert isinstance(one, Translation)
        assert one.asked is translations.asked()
        assert ANN not in repr(one.request)
        client.hangs_up()


def test_what_is_no_request_of_its_dialect_is_the_clients_fault(staging: Staging) -> None:
    with staging(PLACES) as stage:
        client, exchange = under_way(stage, chat("m", text=ANN))
        body, exchange.request.body = exchange.request.body, b'{"model":"m","messages":7}'
        with pytest.raises(ClientFault):
            made(exchange).asked()
        exchange.request.body = body
        client.hangs_up()


# For whom the answer is, and who guards it.


def test_a_reply_tells_who_asked_when_and_in_which_version(staging: Staging) -> None:
    with staging(ANTHROPIC, house(data='input = "mask"')) as stage:
        body = {"model": "c", "max_tokens": 9, "messages": [{"role": "user", "content": ANN}]}
        client, exchange = under_way(stage, post("/v1/messages", body, *MESSAGES))
        translations = made(exchange)
        assert translations.reply().request is None  # nothing was decoded yet
        asked = translations.asked()
        reply = translations.reply()
        assert isinstance(asked, Translation)
        assert reply.request is asked.request
        assert ANN in repr(reply.request)
        assert (reply.request_id, reply.api_version) == (exchange.id, "2023-06-01")
        assert reply.now_s == exchange.started_us // 1_000_000
        client.hangs_up()


def test_the_guard_of_an_answer_knows_the_form_that_was_sent(staging: Staging) -> None:
    with staging(PLACES) as stage:
        client, exchange = under_way(stage, chat("m", text=ANN))
        translations = made(exchange)
        for deployment in (FIRST, SECOND):
            form = guard_of(exchange).form_of(deployment)
            outgoing = encoded_for(
                endpoint_of(exchange), translations.of(form, deployment), mixed=False
            )
            assert isinstance(outgoing, Outgoing)
            translations.may_send(outgoing, form)
            guard = translations.guards(outgoing)
            assert guard is not None
            assert guard is guard_of(exchange).answer
        exchange.guard = None
        assert translations.guards(outgoing) is None
        client.hangs_up()


def test_an_answer_to_what_was_never_encoded_has_no_guard_to_pass(staging: Staging) -> None:
    """Without the form nobody knows which originals are its own: that may not pass in silence."""
    with staging(PLACES) as stage:
        client, exchange = under_way(stage, chat("m", text=ANN))
        translations = made(exchange)
        outgoing = encoded_for(endpoint_of(exchange), translations.asked(), mixed=False)
        assert isinstance(outgoing, Outgoing)
        with pytest.raises(StopIteration):
            translations.guards(outgoing)
        client.hangs_up()


# What is no chat.


def test_embeddings_have_forms(staging: Staging) -> None:
    with staging(house(data='input = "pseudonymise"')) as stage:
        data = post("/v1/embeddings", {"model": "m", "input": [ANN]})
        client, exchange = under_way(stage, data)
        translations = made(exchange)
        one = translations.of(guard_of(exchange).form_of(FIRST), FIRST)
        assert isinstance(one, EmbeddingTranslation)
        assert one.asked is translations.asked()
        outgoing = encoded_for(endpoint_of(exchange), one, mixed=False)
        assert ANN.encode() not in outgoing.body
        assert translations.reply().request is None
        client.hangs_up()


def test_counting_has_forms(staging: Staging) -> None:
    with staging(ANTHROPIC, house(data='input = "mask"')) as stage:
        body = {"model": "c", "messages": [{"role": "user", "content": ANN}]}
        client, exchange = under_way(stage, post("/v1/messages/count_tokens", body, *MESSAGES))
        translations = made(exchange)
        one = translations.of(guard_of(exchange).form_of("anthropic/c-1"), "anthropic/c-1")
        assert isinstance(one, CountingTranslation)
        outgoing = encoded_for(endpoint_of(exchange), one, mixed=False)
        assert ANN.encode() not in outgoing.body
        client.hangs_up()


# What is remembered.


def loop(text: str) -> bytes:
    """A conversation in which a call was made and answered."""
    messages = [
        {"role": "user", "content": text},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "call_1", "content": "found"},
    ]
    return post("/v1/chat/completions", {"model": "m", "messages": messages, "tools": [FIND]})


def thinks(thought: str) -> bytes:
    """An answer that calls, with what was thought before."""
    message = {
        "role": "assistant",
        "content": None,
        "reasoning_content": thought,
        "tool_calls": [CALL],
    }
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    body = {"id": "c", "object": "chat.completion", "created": 1, "model": "m"}
    return answer(200, json.dumps({**body, "choices": [choice], "usage": usage}).encode())


def test_what_a_deployment_thought_goes_back_to_it_alone(staging: Staging) -> None:
    with staging(PLACES) as stage:
        client = stage.client()
        data = post(
            "/v1/chat/completions",
            {"model": "m", "messages": [{"role": "user", "content": ANN}], "tools": [FIND]},
        )
        client.sends(data)
        at(stage, 1001).answers(thinks(f"of {ANN}"))
        assert client.answer().status == 200
        at(stage, 1001).hangs_up()
        client, exchange = under_way(stage, loop(ANN))
        translations = made(exchange)
        asked = translations.asked()
        assert translations.made_by == FIRST
        form, other = (guard_of(exchange).form_of(name) for name in (FIRST, SECOND))
        own, theirs = translations.of(form, FIRST), translations.of(other, SECOND)
        assert own is not asked
        assert own is translations.of(form, FIRST)
        assert f"of {ANN}" in repr(own.request)
        assert ANN not in repr(theirs.request)
        client.hangs_up()


def test_what_another_caller_was_told_is_not_remembered(staging: Staging) -> None:
    with staging(PLACES) as stage:
        client, exchange = under_way(stage, loop(ANN))
        made(exchange).keep(Memory(ids=("call_1",)))
        again = made(exchange)
        again.asked()
        assert again.made_by == FIRST
        exchange.caller = None
        stranger = made(exchange)
        stranger.asked()
        assert stranger.made_by is None
        client.hangs_up()
