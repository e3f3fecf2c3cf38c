"""The translation lane against providers and clients that do what they must not, as transcripts."""

import json
from collections.abc import Generator
from pathlib import Path

import pytest
from tests.gateway.scripts import KEYS, answer, messages, request
from tests.gateway.stage import Stage, staged
from tests.gateway.test_lane import (
    CONFIGURATION,
    ENDED,
    RESPONSE,
    STARTED,
    STREAM_HEAD,
    TEXT,
    chunked,
    event,
    responses,
)


@pytest.fixture
def lane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Stage]:
    with staged(tmp_path, monkeypatch, CONFIGURATION) as stage:
        yield stage


def test_a_stream_that_nobody_asked_for_is_the_providers_fault(lane: Stage) -> None:
    client = lane.client()
    client.sends(responses("twice"))
    lane.upstream.answers(STREAM_HEAD + chunked(STARTED + TEXT + ENDED) + b"0\r\n\r\n")
    got = client.answer()
    assert got.status == 502
    assert json.loads(got.body)["error"]["code"] == "upstream_failed"
    assert lane.settled().outcome == "failed"
    assert lane.at_rest()


@pytest.mark.parametrize("body", [b"", b"data: [DONE]\n\n", b": hello\n\n"])
def test_a_stream_that_says_nothing_is_no_answer(lane: Stage, body: bytes) -> None:
    client = lane.client()
    client.sends(responses("twice", stream=True))
    lane.upstream.answers(STREAM_HEAD + (chunked(body) if body else b"") + b"0\r\n\r\n")
    assert b"response.completed" not in client.received
    assert lane.settled().outcome == "failed"


def test_an_error_as_the_first_event_fails_the_stream(lane: Stage) -> None:
    client = lane.client()
    client.sends(responses("twice", stream=True))
    error = event("error", error={"type": "overloaded_error", "message": "full"})
    lane.upstream.answers(STREAM_HEAD + chunked(error) + b"0\r\n\r\n")
    assert b"response.completed" not in client.received
    assert b"full" in client.received
    assert lane.settled().outcome == "failed"


def test_what_comes_after_the_end_is_not_passed_on(lane: Stage) -> None:
    client = lane.client()
    client.sends(responses("twice", stream=True))
    late = event("content_block_delta", index=0, delta={"type": "text_delta", "text": "late"})
    lane.upstream.answers(STREAM_HEAD + chunked(STARTED + TEXT + ENDED + late) + b"0\r\n\r\n")
    got = client.answer()
    assert got.body.count(b"event: response.completed\n") == 1
    assert b"late" not in got.body


def test_a_client_that_leaves_a_stream_pays_for_what_it_had(lane: Stage) -> None:
    client = lane.client()
    client.sends(responses("twice", stream=True))
    lane.upstream.answers(STREAM_HEAD + chunked(STARTED + TEXT))
    client.hangs_up()
    settlement = lane.settled()
    assert settlement.outcome == "client_gone"
    assert settlement.upstream_dialect == "anthropic_messages"
    assert settlement.usage is not None
    assert settlement.usage.input_tokens > 0
    assert settlement.usage.estimated
    assert lane.at_rest()


def test_ten_thousand_small_deltas_are_all_told(lane: Stage) -> None:
    client = lane.client()
    client.sends(responses("twice", stream=True))
    delta = event("content_block_delta", index=0, delta={"type": "text_delta", "text": "x"})
    lane.upstream.answers(STREAM_HEAD + chunked(STARTED + TEXT))
    for _ in range(10):
        lane.upstream.answers(chunked(delta * 1_000))
    lane.upstream.answers(chunked(ENDED) + b"0\r\n\r\n")
    got = client.answer()
    assert got.body.count(b"event: response.output_text.delta\n") == 10_002


NAMES = ["a\r\nx-evil: 1", "x-evil: 1\nb", "image, none", "é\u2028", "k" * 9_000, "\x00"]


@pytest.mark.parametrize("name", NAMES)
def test_a_members_name_is_nothing_but_a_name_in_the_head(lane: Stage, name: str) -> None:
    client = lane.client()
    body = {"model": "g", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}], name: 1}
    client.sends(request("POST", "/v1/messages", json.dumps(body).encode()))
    lane.upstream.answers(answer(200, RESPONSE))
    got = client.answer()
    assert got.status == 200
    assert "x-evil" not in got.headers
    told = got.headers["x-detente-loss"]
    assert told.startswith("unknown_member@")
    assert "," not in told
    assert len(told) < 200
    assert lane.settled().losses == (told,)


def test_a_providers_sentence_is_told_as_text_only(lane: Stage) -> None:
    client = lane.client()
    client.sends(messages("g"))
    error = {"error": {"message": "no\r\nx-evil: 1" * 1_000, "code": "bad\r\nx: y"}}
    lane.upstream.answers(answer(400, json.dumps(error).encode()))
    got = client.answer()
    assert got.status == 400
    assert "x-evil" not in got.headers
    assert len(json.loads(got.body)["error"]["message"]) <= 4_000


RULES = """
id = "house-rules"
title = "What this house does not use"
parties = ["tests"]
from = 2020-01-01
recorded_at = 2020-01-01
source = "a test"

[[clause]]
id = "not-there"
type = "forbid"
scope = { model = "tests/both", provider = "anthropic" }
reason = "the tests forbid it"
"""


@pytest.mark.parametrize("refused", [False, True])
def test_no_loss_moves_a_request_to_where_the_agreements_forbid_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: bool
) -> None:
    file = ("agreements/house-rules.toml", RULES.encode())
    monkeypatch.setattr("tests.gateway.stage.AGREEMENT_FILE", file)
    agreed = CONFIGURATION + '\n[agreements]\npath = "agreements"\n'
    headers = ("x-detente-on-loss: refuse",) if refused else ()
    hi = [{"role": "user", "content": "hi"}]
    body = json.dumps({"model": "both", "max_tokens": 9, "messages": hi, "top_k": 5}).encode()
    with staged(tmp_path, monkeypatch, agreed) as stage:
        client = stage.client()
        client.sends(request("POST", "/v1/messages", body, headers=headers))
        if not refused:
            stage.upstream.answers(answer(500, b"{}"))
        got = client.answer()
        assert [upstream.address.port for upstream in stage.upstreams] == [1001][: not refused]
        assert got.status == 422 if refused else got.status >= 500


MANY = (
    "\n".join(
        f'[providers.p{at}]\nkind = "openai"\nbase_url = "http://127.0.0.1:{2000 + at}/v1"\n'
        'dialects = ["openai_responses"]\n'
        for at in range(6)
    )
    + '[models."tests/many"]\naliases = ["many"]\ndeployments = [\n'
    + "".join(f'  {{ provider = "p{at}", id = "m-{at}" }},\n' for at in range(6))
    + "]\n"
    + KEYS
)


def test_lossy_candidates_are_tried_in_order_and_no_more_than_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with staged(tmp_path, monkeypatch, MANY + "[limits]\nattempts_max = 3\n") as stage:
        client = stage.client()
        hi = [{"role": "user", "content": "hi"}]
        body = {"model": "many", "max_tokens": 9, "top_k": 5, "messages": hi}
        client.sends(request("POST", "/v1/messages", json.dumps(body).encode()))
        for at in range(3):
            assert stage.upstream.address.port == 2000 + at
            stage.upstream.answers(answer(500, b"{}"))
        got = client.answer()
        assert got.status >= 500
        assert got.headers["x-detente-attempts"] == "3"
        assert len(stage.upstreams) == 3
