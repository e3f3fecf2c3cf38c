"""One request as a transcript: who received what, in which order, and what the journal has."""

from pathlib import Path

import pytest
from tests.gateway.scripts import (
    BROKEN,
    COMPLETION,
    CONFIGURATION,
    EXPIRED_KEY,
    FIRST_PORT,
    FULL,
    OK,
    OTHER_KEY,
    SECOND_PORT,
    STREAM,
    WRONG,
    answer,
    body_of,
    chat,
    messages,
    request,
)
from tests.gateway.stage import Stage, staged

UNKNOWN_MODEL = answer(404, b'{"error":{"message":"no","code":"model_not_found"}}')
HURRIED = CONFIGURATION.replace("[limits]\n", "[limits]\ntotal_timeout_ms = 5000\n")


def test_an_answer_travels_and_is_settled(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("m"))
    assert stage.upstream.address.port == FIRST_PORT
    assert stage.upstream.received.endswith(body_of("m-first"))
    assert b"dt-stage-key" not in stage.upstream.received
    stage.upstream.answers(OK)
    got = client.answer()
    assert (got.status, got.body) == (200, COMPLETION)
    assert got.headers["x-detente-deployment"] == "first/m-first"
    assert got.headers["x-detente-attempts"] == "1"
    settled = stage.settled()
    assert got.headers["x-detente-request-id"] == settled.id
    assert (settled.outcome, settled.status, settled.deployment) == (
        "answered",
        200,
        "first/m-first",
    )
    assert settled.usage is not None
    assert (settled.usage.input_tokens, settled.usage.output_tokens) == (10, 5)
    assert settled.cost_pico_usd == 20_000_000
    assert settled.response_bytes == len(COMPLETION)


def test_intent_before_the_first_upstream_byte_and_settlement_before_the_answer(
    stage: Stage,
) -> None:
    client = stage.client()
    client.sends(chat("m"))
    stage.upstream.answers(OK)
    assert stage.log.lines == [
        "journal: decisionrecord",
        "journal: intent",
        "upstream: written",
        "journal: settlement",
        "client: written",
    ]


def test_a_streams_settlement_stands_before_its_last_byte(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("m", stream=True))
    head, last = STREAM[:-5], STREAM[-5:]
    stage.upstream.answers(head)
    assert stage.log.lines[-1] == "client: written"
    assert not client.answer().whole
    stage.upstream.answers(last)
    assert stage.log.lines[-3:] == ["client: written", "journal: settlement", "client: written"]
    assert client.answer().whole


def test_a_refusal_spills_over(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("m"))
    stage.upstream.answers(FULL)
    assert stage.upstream.address.port == SECOND_PORT
    assert stage.upstream.received.endswith(body_of("m-second"))
    stage.upstream.answers(OK)
    got = client.answer()
    assert got.status == 200
    assert got.headers["x-detente-deployment"] == "second/m-second"
    assert got.headers["x-detente-attempts"] == "2"
    assert [(a.deployment, a.result) for a in stage.settled().attempts] == [
        ("first/m-first", "429"),
        ("second/m-second", "answered"),
    ]


def test_each_attempt_is_decided_anew(agreed: Stage) -> None:
    client = agreed.client()
    client.sends(chat("m"))
    agreed.upstream.answers(FULL)
    agreed.upstream.answers(OK)
    first, second = agreed.settled().attempts
    assert first.decision != second.decision
    assert [r.question.refusals != () for r in agreed.decisions] == [False, True]
    assert agreed.settled().decision == second.decision


def test_without_a_refusal_the_holders_right_holds(agreed: Stage) -> None:
    client = agreed.client()
    client.sends(chat("m"))
    agreed.upstream.answers(BROKEN)  # a failure, and no refusal
    got = client.answer()
    assert got.status == 500
    assert len(agreed.upstreams) == 1
    assert agreed.settled().outcome == "failed"


def test_the_window_of_a_first_refusal_passes(agreed: Stage) -> None:
    client = agreed.client()
    client.sends(chat("m"))
    holder = agreed.upstream
    agreed.wait(1.9)
    assert len(agreed.upstreams) == 1
    agreed.wait(0.2)
    assert holder.transport.closing
    agreed.upstream.answers(OK)
    assert client.answer().headers["x-detente-deployment"] == "second/m-second"
    assert [a.result for a in agreed.settled().attempts] == ["timeout", "answered"]


def test_nothing_is_left_to_try(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("m"))
    stage.upstream.answers(BROKEN)
    stage.upstream.answers(FULL)
    got = client.answer()
    assert (got.status, got.headers["x-should-retry"]) == (429, "false")
    assert got.headers["retry-after"] == "7"
    settled = stage.settled()
    assert (settled.outcome, settled.error) == ("refused", "upstream_failed")
    assert [a.status for a in settled.attempts] == [500, 429]


def test_our_own_credentials_are_not_the_clients_affair(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("alone"))
    stage.upstream.answers(answer(401, b'{"error":{"message":"Incorrect key sk-secret"}}'))
    got = client.answer()
    assert (got.status, got.code) == (502, "upstream_failed")
    assert b"sk-secret" not in client.received


def test_a_model_id_of_ours_moves_on(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("m", headers=("x-stainless-retry-count: 1",)))
    stage.upstream.answers(UNKNOWN_MODEL)
    stage.upstream.answers(OK)
    assert client.answer().headers["x-detente-deployment"] == "second/m-second"
    settled = stage.settled()
    assert [a.result for a in settled.attempts] == ["model_unknown", "answered"]
    assert settled.client_try == 2


def test_what_is_ours_to_mend_is_told_in_our_words(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("alone"))
    stage.upstream.answers(UNKNOWN_MODEL)
    got = client.answer()
    assert (got.status, got.code) == (502, "upstream_failed")
    assert got.headers["x-should-retry"] == "false"
    assert b"deployment `first/alone`: " in client.received
    assert b"check its `id`" in client.received


def test_one_failed_try_leaves_the_client_its_own(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("alone"))
    stage.upstream.answers(answer(529, b"{}", "x-should-retry: true"))
    got = client.answer()
    assert (got.status, got.headers["x-should-retry"]) == (529, "true")


def test_a_providers_word_on_trying_again_speaks_of_itself_alone(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("m"))
    stage.upstream.answers(BROKEN)
    stage.upstream.answers(answer(529, b"{}", "x-should-retry: true"))
    got = client.answer()
    assert (got.status, got.headers["x-should-retry"]) == (529, "false")


@pytest.mark.parametrize(
    ("path", "refused"), [("/model/m/converse", 424), ("/v2/chat", 424), ("/api/chat", 429)]
)
def test_clients_that_no_header_stops_are_told_by_the_status(
    stage: Stage, path: str, refused: int
) -> None:
    client = stage.client()
    body = b'{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":false}'
    if path.endswith("converse"):
        body = b'{"messages":[{"role":"user","content":[{"text":"hi"}]}]}'
    client.sends(request("POST", path, body))
    stage.upstream.answers(BROKEN)
    stage.upstream.answers(FULL)
    assert client.answer().status == refused


def test_the_clients_own_mistake_is_told_by_the_provider(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("m"))
    stage.upstream.answers(WRONG)
    assert client.answer().status == 400
    settled = stage.settled()
    assert (settled.outcome, settled.usage, len(settled.attempts)) == ("answered", None, 1)


def test_an_unreachable_provider_is_a_refusal(stage: Stage) -> None:
    stage.unreachable = {FIRST_PORT}
    client = stage.client()
    client.sends(chat("m"))
    assert stage.upstream.address.port == SECOND_PORT
    stage.upstream.answers(OK)
    assert [a.result for a in stage.settled().attempts] == ["unreachable", "answered"]


def test_a_connection_that_is_lost_at_once_is_no_connection(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("alone"))
    stage.upstream.hangs_up()
    got = client.answer()
    assert (got.status, got.code) == (502, "upstream_failed")
    assert [a.result for a in stage.settled().attempts] == ["unreachable"]


def test_dialling_that_takes_too_long_is_given_up(stage: Stage) -> None:
    stage.hanging = True
    client = stage.client()
    client.sends(chat("alone"))
    stage.wait(601)
    assert client.answer().code == "deadline_exceeded"


def test_a_client_that_hangs_up_while_we_dial(stage: Stage) -> None:
    stage.hanging = True
    client = stage.client()
    client.sends(chat("alone"))
    client.hangs_up()
    assert stage.settled().outcome == "client_gone"


def test_a_stale_connection_is_replaced_once(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("alone"))
    stage.upstream.answers(OK)
    kept = stage.upstream
    client.sends(chat("alone"))
    assert len(stage.upstreams) == 1
    kept.hangs_up()
    assert len(stage.upstreams) == 2
    stage.upstream.answers(OK)
    assert [a.status for a in client.answers] == [200, 200]
    assert len(stage.settlements[1].attempts) == 1
    assert len(stage.intents) == 2


def test_a_fresh_connection_is_not_replaced_again(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("alone"))
    stage.upstream.answers(OK)
    client.sends(chat("alone"))
    stage.upstream.hangs_up()
    stage.upstream.hangs_up()
    assert client.answers[-1].status == 502
    assert len(stage.upstreams) == 2


def test_a_kept_connection_that_said_something_is_not_stale(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("alone"))
    stage.upstream.answers(OK)
    client.sends(chat("alone"))
    stage.upstream.answers(b"HTTP/1.1 200 OK\r\ncontent-")
    stage.upstream.hangs_up()
    assert client.answers[-1].status == 502
    assert len(stage.upstreams) == 1
    assert [a.result for a in stage.settlements[1].attempts] == ["upstream_failed"]


def test_no_answer_within_the_total_time(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("m"))
    stage.wait(601)
    assert len(stage.upstreams) == 2
    stage.wait(601)
    got = client.answer()
    assert (got.status, got.code) == (504, "deadline_exceeded")
    assert "after 2 attempts" in got.body.decode()


def test_all_attempts_share_the_total_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with staged(tmp_path, monkeypatch, HURRIED) as stage:
        client = stage.client()
        client.sends(chat("m"))
        stage.wait(4)
        stage.upstream.answers(BROKEN)
        stage.wait(1.1)
        assert client.answer().code == "deadline_exceeded"
        assert [a.result for a in stage.settled().attempts] == ["platform", "deadline_exceeded"]
        assert stage.upstream.transport.closing
        assert stage.at_rest()


def test_a_stream_may_not_take_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with staged(tmp_path, monkeypatch, HURRIED) as stage:
        client = stage.client()
        client.sends(chat("m", stream=True))
        stage.upstream.answers(STREAM[:-5])
        for _ in range(3):
            stage.wait(1.9)
        assert b"`total_timeout_ms`" in client.answer().body
        assert stage.settled().error == "deadline_exceeded"


def test_a_full_journal_sends_nothing_and_says_so(stage: Stage) -> None:
    stage.journal.full = True
    client = stage.client()
    client.sends(chat("m"))
    got = client.answer()
    assert (got.status, got.code) == (503, "ledger_unavailable")
    assert got.headers["retry-after"] == "1"
    assert stage.upstreams == []
    assert stage.journal.records == [] or stage.intents == []
    stage.journal.full = False
    client.sends(chat("m"))
    stage.upstream.answers(OK)
    assert client.answers[-1].status == 200


@pytest.mark.parametrize("data", [chat("m", key="dt-unknown"), b"GET / HTTP/9\r\n\r\n"])
def test_even_a_mistake_is_not_answered_unrecorded(stage: Stage, data: bytes) -> None:
    stage.journal.full = True
    client = stage.client()
    client.sends(data)
    assert client.answer().code == "ledger_unavailable"


def test_an_answer_that_cannot_be_settled_is_not_given(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("m"))
    stage.journal.broken = True
    stage.upstream.answers(OK)
    assert client.answer().code == "ledger_unavailable"
    stage.journal.broken = False
    stage.intents.clear()
    stage.journal.records.clear()


def test_a_bug_of_ours_is_settled_and_told(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    client = stage.client()
    client.sends(chat("m", text="my secret prompt"))

    def wrong(_: bytes) -> None:
        raise ValueError("my secret prompt")

    monkeypatch.setattr("detente.gateway.exchange.estimate.of_sizes", wrong)
    stage.upstream.answers(answer(200, b"{}"))
    got = client.answer()
    assert (got.status, got.code) == (500, "internal_error")
    assert (stage.settled().outcome, stage.settled().error) == ("failed", "internal_error")
    (said,) = stage.said
    assert "TypeError at exchange.py" in said
    assert "secret" not in said


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (request("POST", "/v3/chat/completions", b"{}"), 404, "path_unknown"),
        (request("GET", "/v1/chat/completions"), 405, "method_not_allowed"),
        (chat("m", key=None), 401, "key_invalid"),
        (chat("m", key="dt-unknown"), 401, "key_invalid"),
        (chat("m", key=EXPIRED_KEY), 401, "key_invalid"),
        (chat("gpt-9"), 404, "model_unknown"),
        (chat("nowhere"), 503, "no_deployment"),
        (chat("m", headers=("x-detente-at: 2026-01-01",)), 400, "request_invalid"),
        (chat("m", headers=("x-detente-labels: data=public",)), 400, "request_invalid"),
        (chat("m", headers=("x-detente-labels: data",)), 400, "request_invalid"),
        (chat("m", headers=("x-detente-route: elsewhere",)), 400, "request_invalid"),
        (chat("m", headers=("x-detente-on-loss: maybe",)), 400, "request_invalid"),
        (request("POST", "/v1/chat/completions", b"no JSON"), 400, "request_invalid"),
        (request("POST", "/v1/chat/completions", b'{"model":"\\ud800"}'), 400, "request_invalid"),
    ],
)
def test_what_is_refused_reaches_nobody(stage: Stage, data: bytes, status: int, code: str) -> None:
    client = stage.client()
    client.sends(data)
    got = client.answer()
    assert (got.status, got.code) == (status, code)
    assert stage.upstreams == []
    assert stage.settled().error == code
    assert stage.settled().outcome in ("denied", "invalid")


def test_the_agreements_refuse_in_the_clients_dialect(agreed: Stage) -> None:
    client = agreed.client()
    client.sends(messages("m", headers=("x-detente-route: second",)))
    got = client.answer()
    assert (got.status, got.code) == (403, "agreement_denied")
    assert got.headers["x-detente-decision"] == agreed.settled().decision
    assert agreed.settled().outcome == "denied"
    client.sends(chat("alone", key=OTHER_KEY))
    assert client.answers[-1].code == "agreement_denied"


def test_the_route_header_narrows(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("m", headers=("x-detente-route: second",)))
    assert stage.upstream.address.port == SECOND_PORT
    assert b"x-detente" not in stage.upstream.received
    stage.upstream.answers(OK)
    assert client.answer().headers["x-detente-deployment"] == "second/m-second"
    assert stage.intents[0].narrowed_to == ("second",)


def test_a_list_of_models_is_the_callers_own(agreed: Stage) -> None:
    client = agreed.client()
    client.sends(request("GET", "/v1/models", key=OTHER_KEY))
    client.sends(request("GET", "/v1/models/alone", key=OTHER_KEY))
    client.sends(request("GET", "/v1/models/alone"))
    listed, hidden, shown = client.answers
    assert b'"m"' in listed.body
    assert b'"alone"' not in listed.body
    assert hidden.code == "model_unknown"
    assert shown.status == 200
    assert [s.outcome for s in agreed.settlements] == ["answered", "invalid", "answered"]
