"""What every dialect has, and what the official clients make of its errors."""

import json
from collections.abc import Callable, Iterator

import anthropic
import httpx2
import openai
import pytest

from detente.canonical.failure import ERROR_STATUS, Failure
from detente.canonical.model import Dialect
from detente.dialects import DIALECTS, Spec, spec_of

of_openai_or_anthropic = pytest.mark.parametrize(
    "spec",
    [spec for spec in DIALECTS if spec.name.startswith(("openai_", "anthropic_"))],
    ids=lambda spec: spec.name,
)
"""Whose clients are asked here; the others' errors are read by their clients in `tests/pairs`."""
every_dialect = pytest.mark.parametrize("spec", DIALECTS, ids=lambda spec: spec.name)
CODES = {status: code for code, status in ERROR_STATUS.items() if status not in (405, 431)}
"""One code for each status; the clients tell statuses apart."""
Raised = type[Exception]
EXPECTED: dict[int, tuple[Raised, Raised]] = {
    400: (openai.BadRequestError, anthropic.BadRequestError),
    401: (openai.AuthenticationError, anthropic.AuthenticationError),
    403: (openai.PermissionDeniedError, anthropic.PermissionDeniedError),
    404: (openai.NotFoundError, anthropic.NotFoundError),
    408: (openai.APIStatusError, anthropic.APIStatusError),
    413: (openai.APIStatusError, anthropic.APIStatusError),
    422: (openai.UnprocessableEntityError, anthropic.UnprocessableEntityError),
    429: (openai.RateLimitError, anthropic.RateLimitError),
    500: (openai.InternalServerError, anthropic.InternalServerError),
    502: (openai.InternalServerError, anthropic.InternalServerError),
    503: (openai.InternalServerError, anthropic.InternalServerError),
    504: (openai.InternalServerError, anthropic.InternalServerError),
}


def failure_of(code: str) -> Failure:
    message = f'`{code}` with "quotes" and a ünicode name; do this'
    return Failure(code=code, message=message, blame="ours", status=ERROR_STATUS[code])


def answering(status: int, body: bytes, kind: str) -> httpx2.MockTransport:
    headers = {"content-type": kind}
    return httpx2.MockTransport(lambda _: httpx2.Response(status, content=body, headers=headers))


def openai_client(transport: httpx2.MockTransport) -> openai.OpenAI:
    return openai.OpenAI(api_key="k", max_retries=0, http_client=httpx2.Client(transport=transport))


def anthropic_client(transport: httpx2.MockTransport) -> anthropic.Anthropic:
    return anthropic.Anthropic(
        api_key="k", max_retries=0, http_client=httpx2.Client(transport=transport)
    )


def ask(spec: Spec, transport: httpx2.MockTransport) -> object:
    """The call of the official client that speaks the dialect."""
    calls: dict[Dialect, Callable[[], object]] = {
        "openai_chat": lambda: openai_client(transport).chat.completions.create(
            model="m", messages=[]
        ),
        "openai_responses": lambda: openai_client(transport).responses.create(model="m", input="x"),
        "openai_completions": lambda: openai_client(transport).completions.create(
            model="m", prompt="x"
        ),
        "openai_input_tokens": lambda: openai_client(transport).responses.input_tokens.count(
            model="m", input="x"
        ),
        "openai_embeddings": lambda: openai_client(transport).embeddings.create(
            model="m", input="x"
        ),
        "anthropic_messages": lambda: anthropic_client(transport).messages.create(
            model="m", max_tokens=1, messages=[]
        ),
        "anthropic_count_tokens": lambda: anthropic_client(transport).messages.count_tokens(
            model="m", messages=[]
        ),
    }
    return calls[spec.name]()


def stream_of(spec: Spec, transport: httpx2.MockTransport) -> Iterator[object]:
    """The stream that the official client reads."""
    if spec.name == "openai_chat":
        return iter(
            openai_client(transport).chat.completions.create(model="m", messages=[], stream=True)
        )
    if spec.name == "openai_responses":
        return iter(openai_client(transport).responses.create(model="m", input="x", stream=True))
    return iter(
        anthropic_client(transport).messages.create(
            model="m", max_tokens=1, messages=[], stream=True
        )
    )


def test_names_are_unique_and_found() -> None:
    assert len({spec.name for spec in DIALECTS}) == len(DIALECTS)
    assert all(spec_of(spec.name) is spec for spec in DIALECTS)


def test_interfaces_and_bills() -> None:
    for spec in DIALECTS:
        assert (spec.interface == "embedding") is spec.name.endswith("_embeddings"), spec.name
        assert spec.billed is not spec.name.endswith(("count_tokens", "input_tokens")), spec.name


@every_dialect
@pytest.mark.parametrize("code", CODES.values())
def test_every_error_says_what_and_where_to_look(spec: Spec, code: str) -> None:
    failure = failure_of(code)
    told = json.loads(spec.error_body(failure, request_id="req_1", decision_id="dec_1"))
    text = json.dumps(told, ensure_ascii=False)
    for word in (json.dumps(failure.message, ensure_ascii=False)[1:-1], code, "req_1", "dec_1"):
        assert word in text
    assert b"\n" not in spec.error_lines(failure).replace(b"\r\n", b"")


@of_openai_or_anthropic
@pytest.mark.parametrize("code", CODES.values())
def test_official_clients_raise_the_class_of_the_status(spec: Spec, code: str) -> None:
    failure = failure_of(code)
    body = spec.error_body(failure, request_id="req_1", decision_id="dec_1")
    expected = EXPECTED[failure.status][spec.name.startswith("anthropic")]
    with pytest.raises(expected) as raised:
        ask(spec, answering(failure.status, body, "application/json"))
    assert getattr(raised.value, "status_code", None) == failure.status
    assert failure.message in str(raised.value)
    assert "dec_1" in str(raised.value)
    assert f'"{code}"' in json.dumps(getattr(raised.value, "body", None))


@of_openai_or_anthropic
def test_an_openai_error_keeps_the_code_and_an_anthropic_one_its_details(spec: Spec) -> None:
    body = json.loads(spec.error_body(failure_of("budget_exhausted"), request_id="req_1"))
    if spec.name.startswith("anthropic"):
        assert body["request_id"] == "req_1"
        assert body["error"]["type"] == "rate_limit_error"
        assert body["error"]["details"] == {"error_code": "budget_exhausted"}
        assert body["detente"] == {"request": "req_1", "decision": None}
    else:
        assert body["error"]["type"] == "rate_limit_error"
        assert body["error"]["code"] == "budget_exhausted"
        assert body["error"]["param"] is None
        assert body["error"]["detente"] == {"request": "req_1", "decision": None}


@pytest.mark.parametrize("name", ["openai_chat", "openai_responses", "anthropic_messages"])
@pytest.mark.parametrize("code", ["upstream_failed", "deadline_exceeded"])
def test_official_clients_raise_on_an_error_inside_a_stream(name: Dialect, code: str) -> None:
    spec = spec_of(name)
    started = {
        "openai_chat": b'data: {"id":"c","choices":[{"index":0,"delta":{"content":"x"}}]}\n\n',
        "openai_responses": b'event: response.output_text.delta\ndata: {"type":'
        b'"response.output_text.delta","delta":"x","sequence_number":4}\n\n',
        "anthropic_messages": b'event: content_block_delta\ndata: {"type":"content_block_delta",'
        b'"index":0,"delta":{"type":"text_delta","text":"x"}}\n\n',
    }[name]
    failure = failure_of(code)
    told = spec.stream_error(failure, request_id="req_1", decision_id="dec_1")
    stream = stream_of(spec, answering(200, started + told, "text/event-stream"))
    next(stream)
    if name == "openai_responses":
        event = next(stream)  # this client hands the error out as an event
        assert (getattr(event, "type", ""), getattr(event, "code", "")) == ("error", code)
        assert getattr(event, "message", "") == f"{failure.message} (decision `dec_1`)"
        return
    with pytest.raises((openai.APIError, anthropic.APIError)) as raised:
        next(stream)
    assert failure.message in str(raised.value)


@pytest.mark.parametrize("name", ["openai_chat", "openai_responses", "anthropic_messages"])
def test_a_tap_sees_our_own_error_as_failed(name: Dialect) -> None:
    spec = spec_of(name)
    tap = spec.tap(spec.read_request(b'{"model":"m","stream":true}'))
    told = spec.stream_error(failure_of("upstream_failed"), request_id="req_1")
    assert tap.feed(told) == told
    assert tap.failed
    assert not tap.complete


@pytest.mark.parametrize("name", ["openai_embeddings", "anthropic_count_tokens"])
def test_what_is_not_streamed_is_let_through(name: Dialect) -> None:
    spec = spec_of(name)
    tap = spec.tap(spec.read_request(b'{"model":"m"}'))
    assert (tap.feed(b"data: x"), tap.close()) == (b"data: x", b"")
    assert (tap.usage, tap.complete, tap.output_tokens_seen()) == (None, False, 0)
    assert not tap.failed


@every_dialect
@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"\xff", b'{"usage":7}', b"[" * 9000])
def test_garbage_has_no_usage(spec: Spec, body: bytes) -> None:
    assert spec.read_usage(body) is None
