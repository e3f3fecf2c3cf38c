"""What policies make of one request: its forms, and what is told of it all."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.gateway.allowances.test_reservation import Counted
from tests.gateway.governing import (
    ANN,
    GUARD_PORT,
    LOOKERS,
    STAND_IN,
    Staging,
    arrives,
    asked,
    at,
    completion,
    content_of,
    governed,
    house,
    message_of,
    post,
    sent,
    stand_in,
    told,
)
from tests.gateway.scripts import (
    DONE,
    EVENTS_HEAD,
    LAST,
    OK,
    SECOND_PORT,
    USAGE_EVENT,
    answer,
    chat,
    chunked,
    delta,
)
from tests.gateway.stage import Client

from detente.gateway.guarding import guard as module
from detente.gateway.guarding.kept_conversations import KeptConversations
from detente.guardrails.kept_maps import KeptMapError

LOOKS = 'detectors = ["email"]'
BY_PLACE = """
[guardrails.policies.house]
detectors = ["email"]
{more}

[[guardrails.policies.house.data]]
deployments = {{ hosts = ["one"] }}
input = "{first}"

[[guardrails.policies.house.data]]
input = "{others}"
"""
SAYS = f"mail {ANN} now"
FINISHED = (
    b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":'
    b'[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
)


def by_place(first: str, others: str, more: str = "") -> str:
    """The first provider is treated otherwise than the second."""
    return BY_PLACE.format(first=first, others=others, more=more)


def words(body: Any) -> str:
    """What a chat request says last."""
    return str(body["messages"][-1]["content"])


# Each treatment of a request.


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("treatment", ["allow", "flag", "pseudonymise", "mask"])
def test_what_is_sent_is_what_the_policy_lets_through(
    staging: Staging, treatment: str, stream: bool
) -> None:
    with staging(house(data=f'input = "{treatment}"')) as stage:
        client = stage.client()
        client.sends(chat("m", text=SAYS, stream=stream))
        said = words(sent(stage.upstream))
        if treatment in ("allow", "flag"):
            assert said == SAYS
        elif treatment == "mask":
            assert said == "mail [EMAIL] now"
        else:
            assert STAND_IN.sub("*", said) == "mail * now"
        if stream:
            pieces = [delta(said[start : start + 3]) for start in range(0, len(said), 3)]
            stage.upstream.answers(
                EVENTS_HEAD + chunked(*pieces, FINISHED, USAGE_EVENT, DONE) + LAST
            )
            got = content_of(client.received)
        else:
            stage.upstream.answers(completion(said))
            got = json.loads(client.answer().body)["choices"][0]["message"]["content"]
        assert got == ("mail [EMAIL] now" if treatment == "mask" else SAYS)
        assert told(stage) == ([] if treatment == "allow" else [("input", "email", treatment)])
        assert stage.settled().outcome == "answered"


def test_where_nobody_may_have_it_nothing_is_sent_or_reserved(staging: Staging) -> None:
    with staging(house(data='input = "block"')) as stage:
        client = stage.client()
        client.sends(chat("m", text=SAYS))
        assert client.answer().status == 403
        assert "policy `house` blocks the request for `email`" in message_of(client.answer())
        assert ANN not in message_of(client.answer())
        assert asked(stage) == []
        settled = stage.settled()
        assert (settled.outcome, settled.error) == ("denied", "guardrail_blocked")
        assert (settled.usage, settled.attempts, settled.reserved_pico_usd) == (None, (), None)
        assert told(stage) == [("input", "email", "block")]


def test_who_may_not_have_it_is_left_out_and_the_next_gets_its_own_form(staging: Staging) -> None:
    with staging(by_place("block", "pseudonymise")) as stage:
        client = stage.client()
        client.sends(chat("m", text=SAYS))
        assert asked(stage) == [SECOND_PORT]
        stage.upstream.answers(completion(f"to {stand_in(stage.upstream)}"))
        assert json.loads(client.answer().body)["choices"][0]["message"]["content"] == f"to {ANN}"
        assert told(stage) == [("input", "email", "block"), ("input", "email", "pseudonymise")]


def test_the_next_gets_its_own_form_when_the_first_fails(staging: Staging) -> None:
    with staging(by_place("flag", "mask")) as stage:
        client = stage.client()
        client.sends(chat("m", text=SAYS))
        assert words(sent(stage.upstream)) == SAYS
        stage.upstream.answers(answer(503, b"{}"))
        assert asked(stage) == [1001, SECOND_PORT]
        assert words(sent(stage.upstream)) == "mail [EMAIL] now"
        stage.upstream.answers(OK)
        assert client.answer().status == 200
        assert told(stage) == [("input", "email", "flag"), ("input", "email", "mask")]


def test_when_the_only_one_that_may_have_it_is_down_nobody_else_gets_it(staging: Staging) -> None:
    with staging(by_place("flag", "block")) as stage:
        stage.unreachable.add(1001)
        client = stage.client()
        client.sends(chat("m", text=SAYS))
        assert client.answer().status == 502
        assert asked(stage) == []
        assert told(stage) == [("input", "email", "flag"), ("input", "email", "block")]


def test_a_request_that_nobody_governs_is_not_looked_at(
    staging: Staging, monkeypatch: pytest.MonkeyPatch
) -> None:
    def looks(*_: object) -> None:
        raise AssertionError("it was looked at")

    monkeypatch.setattr(module.Guard, "__init__", looks)
    with staging(house(data='input = "block"', more='projects = ["elsewhere"]')) as stage:
        client = stage.client()
        data = chat("m", text=SAYS)
        client.sends(data)
        assert (
            json.loads(data.partition(b"\r\n\r\n")[2])["messages"]
            == sent(stage.upstream)["messages"]
        )
        stage.upstream.answers(OK)
        assert client.answer().body in OK
        assert told(stage) == []


def test_a_stand_in_of_another_project_stays_as_it_is(staging: Staging) -> None:
    with staging(house(data='input = "pseudonymise"')) as stage:
        client = stage.client()
        client.sends(chat("m", text=SAYS))
        invented = "⟨EMAIL_abcdefghijklm⟩"
        stage.upstream.answers(completion(f"{invented} and {stand_in(stage.upstream)}"))
        said = json.loads(client.answer().body)["choices"][0]["message"]["content"]
        assert said == f"{invented} and {ANN}"


def test_what_cannot_be_read_is_blocked(staging: Staging) -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    body = {"model": "m", "messages": [{"role": "user", "content": [image]}]}
    with staging(house(data='input = "mask"')) as stage:
        client = stage.client()
        client.sends(post("/v1/chat/completions", body))
        assert client.answer().status == 403
        assert "cannot be looked at" in message_of(client.answer())
        assert told(stage) == [("input", "unread", "block")]


def test_a_body_that_cannot_be_read_is_invalid(staging: Staging) -> None:
    with staging(house(data='input = "mask"')) as stage:
        client = stage.client()
        client.sends(post("/v1/chat/completions", {"model": "m", "messages": "x" * 3}))
        assert client.answer().status == 400
        assert stage.settled().outcome == "invalid"
        assert asked(stage) == []


# Embeddings and the counting of tokens.


def test_embeddings_are_of_what_may_be_seen(staging: Staging) -> None:
    body = (
        b'{"object":"list","data":[{"object":"embedding","index":0,"embedding":[1.0]}],'
        b'"model":"m","usage":{"prompt_tokens":4,"total_tokens":4}}'
    )
    with staging(house(data='input = "pseudonymise"\noutput = "block"')) as stage:
        client = stage.client()
        client.sends(post("/v1/embeddings", {"model": "m", "input": [SAYS]}))
        assert STAND_IN.sub("*", sent(stage.upstream)["input"][0]) == "mail * now"
        stage.upstream.answers(answer(200, body))
        assert client.answer().status == 200
        usage = stage.settled().usage
        assert usage is not None
        assert usage.input_tokens == 4
        assert told(stage) == [("input", "email", "pseudonymise")]


ANTHROPIC = """
[providers.anthropic]
kind = "anthropic"
base_url = "http://127.0.0.1:1005"

[models."tests/c"]
aliases = ["c"]
deployments = [{ provider = "anthropic", id = "c-1" }]
"""


def test_tokens_are_counted_of_what_may_be_seen(staging: Staging) -> None:
    with staging(ANTHROPIC, house(data='input = "mask"')) as stage:
        client = stage.client()
        body = {"model": "c", "messages": [{"role": "user", "content": SAYS}]}
        headers = "anthropic-version: 2023-06-01"
        client.sends(post("/v1/messages/count_tokens", body, headers))
        assert words(sent(stage.upstream)) == "mail [EMAIL] now"
        stage.upstream.answers(answer(200, b'{"input_tokens":7}'))
        assert json.loads(client.answer().body) == {"input_tokens": 7}
        assert told(stage) == [("input", "email", "mask")]


# What is reserved.

PROJECT = """
[projects.shop]
budgets = [{ usd = 1, period = "month" }]
"""


def reserved(staging: Staging, treatment: str) -> int:
    """What a request is reserved with that is full of short addresses."""
    with staging(PROJECT, house(data=f'input = "{treatment}"')) as stage:
        counted = Counted(stage)
        client = stage.client()
        client.sends(chat("m", text=" ".join(f"a{number}@b.com" for number in range(50))))
        counted.turn()
        stage.upstream.answers(OK)
        assert client.answer().status == 200
        assert counted.at_rest()
        found = stage.settled().reserved_pico_usd
        assert found is not None
        return found


def test_what_is_reserved_is_for_the_form_that_is_largest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[int] = []
    for treatment in ("flag", "pseudonymise"):
        (tmp_path / treatment).mkdir()
        held.append(reserved(partial(governed, tmp_path / treatment, monkeypatch), treatment))
    assert held[1] > held[0]


def test_what_is_blocked_was_never_reserved(staging: Staging) -> None:
    with staging(PROJECT, house(data='input = "block"')) as stage:
        counted = Counted(stage)
        client = stage.client()
        client.sends(chat("m", text=SAYS))
        counted.turn()
        assert client.answer().status == 403
        assert stage.settled().reserved_pico_usd is None
        assert stage.settled().spends == ()


# Conversations that the platform keeps.

RESPONSES = """
[providers.openai]
kind = "openai"
base_url = "http://127.0.0.1:1006/v1"
dialects = ["openai_responses"]

[models."openai/g"]
aliases = ["g"]
deployments = [{ provider = "openai", id = "g-1" }]
"""
REMEMBERS = 'detectors = ["email"]\non_kept_history = "remember"'


def turn(text: str, **more: object) -> bytes:
    """A turn of a conversation that the platform keeps."""
    return post("/v1/responses", {"model": "g", "input": text, **more})


def response(text: str, id_: str = "resp_1", **more: object) -> bytes:
    """What the platform answers."""
    part: dict[str, object] = {"type": "output_text", "text": text, "annotations": []}
    message: dict[str, object] = {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "status": "completed",
        "content": [part],
    }
    body: dict[str, object] = {
        "id": id_,
        "object": "response",
        "created_at": 1,
        "model": "g-1",
        "status": "completed",
        "output": [message],
        "usage": {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15},
        **more,
    }
    return answer(200, json.dumps(body, ensure_ascii=False).encode())


def said(client: Client) -> Any:
    """The text of the last answer."""
    return json.loads(client.answers[-1].body)["output"][-1]["content"][0]["text"]


def test_a_conversation_that_the_platform_keeps_is_known_in_its_next_turn(
    staging: Staging,
) -> None:
    with staging(RESPONSES, house(data='input = "pseudonymise"', more=REMEMBERS)) as stage:
        client = stage.client()
        client.sends(turn(f"I am {ANN}"))
        word = stand_in(stage.upstream)
        stage.upstream.answers(response(f"hello {word}"))
        assert said(client) == f"hello {ANN}"
        client.sends(turn("who am I?", previous_response_id="resp_1"))
        stage.upstream.answers(response(f"you are {word}", "resp_2"))
        assert said(client) == f"you are {ANN}"


def test_a_conversation_of_which_nothing_is_known_goes_nowhere(staging: Staging) -> None:
    with staging(RESPONSES, house(data='input = "pseudonymise"', more=REMEMBERS)) as stage:
        client = stage.client()
        client.sends(turn("who am I?", previous_response_id="resp_9"))
        assert client.answer().status == 403
        assert "nothing is kept here" in message_of(client.answer())
        assert asked(stage) == []
        assert stage.settled().outcome == "denied"


def test_a_policy_refuses_conversations_that_the_platform_keeps(staging: Staging) -> None:
    with staging(RESPONSES, house(data='input = "pseudonymise"')) as stage:
        client = stage.client()
        client.sends(turn("who am I?", previous_response_id="resp_1"))
        assert client.answer().status == 403
        assert asked(stage) == []


def test_an_answer_that_could_not_be_kept_is_not_given(
    staging: Staging, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise KeptMapError("no room")

    with staging(RESPONSES, house(data='input = "pseudonymise"', more=REMEMBERS)) as stage:
        client = stage.client()
        client.sends(turn(f"I am {ANN}"))
        monkeypatch.setattr(KeptConversations, "keep", full)
        stage.upstream.answers(response("hello"))
        assert client.answer().status == 403
        usage = stage.settled().usage
        assert usage is not None
        assert (usage.input_tokens, usage.output_tokens) == (10, 5)


def test_what_an_answer_repeats_of_the_request_is_the_clients_own(staging: Staging) -> None:
    with staging(RESPONSES, house(data='input = "pseudonymise"\noutput = "mask"')) as stage:
        client = stage.client()
        client.sends(turn("hi", instructions=f"you work for {ANN}", store=False))
        got = sent(stage.upstream)["instructions"]
        assert STAND_IN.sub("*", got) == "you work for *"
        stage.upstream.answers(response("hello", instructions=got))
        assert json.loads(client.answer().body)["instructions"] == f"you work for {ANN}"
        assert said(client) == "hello"


# Texts of any length.


def test_a_long_text_is_looked_at_in_pieces_that_give_what_one_look_would(
    staging: Staging,
) -> None:
    text = "x " * 10_000 + SAYS + " y" * 10_000 + f" and {ANN}"
    with staging(house(data='input = "mask"', more=f"{LOOKS}\ntimeout_ms = 60000")) as stage:
        client = stage.client()
        client.sends(chat("m", text=text))
        stage.turn(50)
        assert words(sent(stage.upstream)) == text.replace(ANN, "[EMAIL]")
        stage.upstream.answers(OK)
        assert [(one.category, one.count) for one in stage.settled().screened] == [("email", 2)]


def test_what_a_remote_detector_may_not_see_counts_as_a_failure(staging: Staging) -> None:
    """Its place may be told less than the deployment, and says nothing of what it is not shown."""
    rules = """
[guardrails.policies.house]
detectors = ["guard", "email"]
on_failure = "block"
timeout_ms = 60000

[[guardrails.policies.house.data]]
deployments = { hosts = ["four"] }
input = "block"
"""
    with staging(LOOKERS, rules) as stage:
        client = stage.client()
        arrives(stage, client, chat("m"))
        arrives(stage, at(stage, 1001), completion(f"to {ANN}"))
        assert GUARD_PORT not in asked(stage)
        assert client.answer().status == 403
        assert ("output", "detector_failed", "block") in told(stage)
        usage = stage.settled().usage
        assert usage is not None
        assert usage.input_tokens == 10
