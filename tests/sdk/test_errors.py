"""Refusals as the official clients raise them: the right class, a stable code, no more tries."""

from collections.abc import Callable

import anthropic
import msgspec
import openai
import pytest

from detente.simulator import Close, Cut, Status
from tests.gateway_process import eventually
from tests.ledger_entries import entry_of
from tests.sdk.stage import (
    BUSY_MODEL,
    BUSY_TWICE_MODEL,
    CHAT_MODEL,
    CLAUDE_MODEL,
    CLIENT_KEY,
    FORBIDDEN_MODEL,
    Stage,
)


def _openai(stage: Stage, key: str = CLIENT_KEY, retries: int = 0) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{stage.gateway_url}/v1", api_key=key, max_retries=retries)


def _anthropic(stage: Stage, key: str = CLIENT_KEY) -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=stage.gateway_url, api_key=key, max_retries=0)


def _chat(client: openai.OpenAI, model: str) -> None:
    client.chat.completions.create(model=model, messages=[{"role": "user", "content": "x"}])


def _embed(client: openai.OpenAI, model: str) -> None:
    client.embeddings.create(model=model, input="x")


def _respond(client: openai.OpenAI, model: str) -> None:
    client.responses.create(model=model, input="x")


def _message(client: anthropic.Anthropic, model: str) -> None:
    client.messages.create(model=model, max_tokens=10, messages=[{"role": "user", "content": "x"}])


def _count(client: anthropic.Anthropic, model: str) -> None:
    client.messages.count_tokens(model=model, messages=[{"role": "user", "content": "x"}])


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One refusal: what is asked with which key, and the class (by name) and code it raises."""

    code: str
    kind: str
    key: str = CLIENT_KEY
    openai_model: str = CHAT_MODEL
    anthropic_model: str = CLAUDE_MODEL


CASES = (
    Case(code="key_invalid", kind="AuthenticationError", key="dt-wrong"),
    Case(
        code="model_unknown",
        kind="NotFoundError",
        openai_model="gpt-nobody",
        anthropic_model="claude-nobody",
    ),
    Case(
        code="agreement_denied",
        kind="PermissionDeniedError",
        openai_model=FORBIDDEN_MODEL,
        anthropic_model=FORBIDDEN_MODEL,
    ),
)
OPENAI_CALLS = [_chat, _embed, _respond]
ANTHROPIC_CALLS = [_message, _count]


@pytest.mark.parametrize("call", OPENAI_CALLS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_openai_raises_its_own_class(
    stage: Stage, call: Callable[[openai.OpenAI, str], None], case: Case
) -> None:
    key, code, model = case.key, case.code, case.openai_model
    kind: type[openai.APIStatusError] = getattr(openai, case.kind)
    before = stage.openai.gauge.requests
    with _openai(stage, key) as client, pytest.raises(kind) as caught:
        call(client, model)
    error = caught.value
    assert error.code == code
    entry = entry_of(stage.gateway.state, error.response.headers["x-detente-request-id"])
    assert (entry.error, entry.status) == (code, error.status_code)
    assert entry.outcome in ("denied", "invalid")
    assert stage.openai.gauge.requests == before


@pytest.mark.parametrize("call", ANTHROPIC_CALLS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_anthropic_raises_its_own_class(
    stage: Stage, call: Callable[[anthropic.Anthropic, str], None], case: Case
) -> None:
    key, code, model = case.key, case.code, case.anthropic_model
    kind: type[anthropic.APIStatusError] = getattr(anthropic, case.kind)
    before = stage.anthropic.gauge.requests
    with _anthropic(stage, key) as client, pytest.raises(kind) as caught:
        call(client, model)
    assert code in repr(caught.value.body)
    entry = entry_of(stage.gateway.state, caught.value.response.headers["x-detente-request-id"])
    assert entry.error == code
    assert stage.anthropic.gauge.requests == before


def test_a_denial_names_its_clause_and_its_decision(stage: Stage) -> None:
    with _openai(stage) as client, pytest.raises(openai.PermissionDeniedError) as caught:
        _chat(client, FORBIDDEN_MODEL)
    headers = caught.value.response.headers
    assert headers["x-detente-decision"] in caught.value.response.text
    entry = entry_of(stage.gateway.state, headers["x-detente-request-id"])
    assert entry.clauses == ("house-rules/no-forbidden",)


def test_no_capacity_is_a_rate_limit_with_its_wait(stage: Stage) -> None:
    before = stage.busy.gauge.requests
    with _openai(stage) as client, pytest.raises(openai.RateLimitError) as caught:
        _chat(client, BUSY_MODEL)
    assert int(caught.value.response.headers["retry-after"]) > 0
    assert stage.busy.gauge.requests == before + 1
    entry = entry_of(stage.gateway.state, caught.value.response.headers["x-detente-request-id"])
    assert entry.outcome == "refused"
    assert [attempt.result for attempt in entry.attempts] == ["429"]


def test_the_clients_own_retries_are_not_multiplied(stage: Stage) -> None:
    before = stage.busy.gauge.requests + stage.busy_too.gauge.requests
    with _openai(stage, retries=2) as client, pytest.raises(openai.RateLimitError) as caught:
        _chat(client, BUSY_TWICE_MODEL)
    assert caught.value.response.headers["x-should-retry"] == "false"
    assert caught.value.response.headers["x-detente-attempts"] == "2"
    assert stage.busy.gauge.requests + stage.busy_too.gauge.requests == before + 2


@pytest.mark.parametrize("status", [500, 502, 503, 529])
def test_an_upstream_failure_is_a_server_error(stage: Stage, status: int) -> None:
    stage.openai.reset()
    stage.openai.script(Status(status=status))
    with _openai(stage) as client, pytest.raises(openai.InternalServerError):
        _chat(client, CHAT_MODEL)
    assert len(stage.openai.requests) == 1


def test_our_own_refused_credential_is_not_the_clients_error(stage: Stage) -> None:
    stage.openai.reset()
    stage.openai.script(Status(status=401))
    with _openai(stage) as client, pytest.raises(openai.InternalServerError) as caught:
        _chat(client, CHAT_MODEL)
    assert caught.value.code == "upstream_failed"


def test_a_clients_own_mistake_is_relayed(stage: Stage) -> None:
    stage.openai.reset()
    stage.openai.script(Status(status=400))
    with _openai(stage) as client, pytest.raises(openai.BadRequestError):
        _chat(client, CHAT_MODEL)


def test_a_cut_stream_raises_and_is_settled(stage: Stage) -> None:
    stage.openai.reset()
    stage.openai.script(Cut(after_tokens=2, how="reset"))
    with _openai(stage) as client:
        raw = client.chat.completions.with_raw_response.create(
            model=CHAT_MODEL, messages=[{"role": "user", "content": "x"}], stream=True
        )
        with pytest.raises(openai.APIError):
            list(raw.parse())
    entry = entry_of(stage.gateway.state, raw.headers["x-detente-request-id"])
    assert (entry.outcome, entry.status) == ("failed", 200)
    assert entry.usage is not None
    assert entry.usage.estimated
    assert abs(entry.usage.visible_output_tokens - 2) <= 1


def test_a_cut_stream_raises_in_the_anthropic_client(stage: Stage) -> None:
    stage.anthropic.reset()
    stage.anthropic.script(Cut(after_tokens=2, how="reset"))
    with _anthropic(stage) as client, pytest.raises(anthropic.APIError):  # noqa: SIM117 - one line is too long
        with client.messages.stream(
            model=CLAUDE_MODEL, max_tokens=10, messages=[{"role": "user", "content": "x"}]
        ) as stream:
            stream.until_done()


def test_a_closed_connection_is_a_server_error(stage: Stage) -> None:
    stage.openai.reset()
    stage.openai.drop_connections()
    eventually(lambda: stage.openai.gauge.connections_open == 0, "no connection is open")
    stage.openai.script(Close(times=2))  # a stale connection would be replaced once
    with _openai(stage) as client, pytest.raises(openai.InternalServerError):
        _chat(client, CHAT_MODEL)
    stage.openai.reset()
