"""What a request says before anybody is asked: route, head, and in whose terms to answer."""

import pytest

from detente.canonical.failure import ClientFault
from detente.dialects import match_route, spec_of
from detente.gateway.front_door import asking_spec, front_door, read_head
from detente.gateway.http.message import Request


def asked(
    target: str, *, method: str = "POST", headers: dict[str, str] | None = None, body: bytes = b""
) -> Request:
    named = {name.encode(): value.encode() for name, value in (headers or {}).items()}
    return Request(
        method.encode(),
        target.encode(),
        named,
        body,
        keep_alive=True,
        chunked=True,
        received_at=0.0,
    )


def test_a_path_says_which_dialect() -> None:
    assert front_door(asked("/v1/messages")).dialect == "anthropic_messages"


@pytest.mark.parametrize(
    ("method", "target", "code", "said"),
    [
        ("GET", "/v1/messages", "method_not_allowed", "this path takes POST"),
        ("POST", "/v1/models", "method_not_allowed", "this path takes GET"),
        ("POST", "/v9/messages", "path_unknown", "nothing is served at this path"),
    ],
)
def test_other_paths_and_methods_are_told_apart(
    method: str, target: str, code: str, said: str
) -> None:
    with pytest.raises(ClientFault, match=said) as raised:
        front_door(asked(target, method=method))
    assert raised.value.failure.code == code


@pytest.mark.parametrize(
    ("target", "body", "stream"),
    [
        ("/v1/chat/completions", b'{"model":"m"}', False),
        ("/v1/chat/completions", b'{"model":"m","stream":true}', True),
        ("/v1beta/models/m:streamGenerateContent?alt=sse", b"{}", True),
        ("/v1beta/models/m:generateContent", b"{}", False),
    ],
)
def test_path_or_body_says_whether_to_stream(target: str, body: bytes, stream: bool) -> None:
    request = asked(target, body=body)
    route = front_door(request)
    assert route.dialect is not None
    assert read_head(spec_of(route.dialect), route, request).stream is stream


@pytest.mark.parametrize(
    ("method", "target", "headers", "name"),
    [
        ("POST", "/v1/messages", {}, "anthropic_messages"),
        ("POST", "/v1/chat/completions", {"anthropic-version": "1"}, "openai_chat"),
        ("GET", "/v1/models", {"anthropic-version": "1"}, "anthropic_messages"),
        ("GET", "/v1/models", {}, "openai_chat"),
        ("POST", "/v1/oh", {"x-goog-api-key": "k"}, "gemini_generate"),
        ("POST", "/v1beta/oh", {}, "gemini_generate"),
        ("POST", "/model/m/oh", {}, "bedrock_converse"),
        ("POST", "/v1/messages/oh", {}, "anthropic_messages"),
        ("GET", "/api/tags", {}, "ollama_chat"),
        ("POST", "/api/generate", {}, "ollama_chat"),
        ("POST", "/v2/rerank", {}, "cohere_chat"),
        ("GET", "/v1/models", {"x-fern-sdk-name": "cohere"}, "cohere_chat"),
    ],
)
def test_an_early_error_is_told_in_the_terms_of_who_asks(
    method: str, target: str, headers: dict[str, str], name: str
) -> None:
    request = asked(target, method=method, headers=headers)
    route = match_route(request.method, request.target)
    assert asking_spec(route, request).name == name


def test_an_envelope_not_yet_opened_is_its_platforms() -> None:
    request = asked("/model/m/invoke")
    spec = asking_spec(front_door(request), request)
    assert spec.error_lines(ClientFault("request_invalid", "oh").failure).startswith(
        b"x-amzn-errortype"
    )
