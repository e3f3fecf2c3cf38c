"""Amazon Bedrock."""

from datetime import UTC, datetime

import pytest

from detente.canonical.model import Deployment, Dialect
from detente.providers._sigv4 import Credentials, SigningKeys, verify
from detente.providers.bedrock import KIND
from tests.providers.addresses import path_of

BASE = "https://bedrock-runtime.us-east-1.amazonaws.com"
CLAUDE = "us.anthropic.claude-sonnet-4-20250514-v1:0"
CLAUDE_SPEAKS = ("anthropic_messages", "bedrock_converse", "bedrock_count_tokens")
PROFILE = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-x"
PROVISIONED = "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abc123"


def path(dialect: Dialect, upstream_id: str = CLAUDE, *, stream: bool = False) -> str:
    return path_of(KIND, BASE, dialect, upstream_id, stream=stream)


def test_paths() -> None:
    root = "/model/us.anthropic.claude-sonnet-4-20250514-v1%3A0/"
    assert path("bedrock_converse") == root + "converse"
    assert path("bedrock_converse", stream=True) == root + "converse-stream"
    assert path("anthropic_messages") == root + "invoke"
    assert path("anthropic_messages", stream=True) == root + "invoke-with-response-stream"
    assert path("bedrock_embeddings", stream=True) == root + "invoke"
    counting = "/model/anthropic.claude-sonnet-4-20250514-v1%3A0/count-tokens"
    assert path("bedrock_count_tokens") == counting
    assert path("bedrock_count_tokens", CLAUDE.removeprefix("us.")) == counting
    assert path("bedrock_count_tokens", PROFILE) == "/model/anthropic.claude-x/count-tokens"
    assert path("openai_responses") == "/openai/v1/responses"
    assert path("openai_chat") == "/openai/v1/chat/completions"
    assert path("openai_chat", stream=True) == "/openai/v1/chat/completions"


@pytest.mark.parametrize(
    ("upstream_id", "segment"),
    [
        (
            PROFILE,
            "arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2F"
            "us.anthropic.claude-x",
        ),
        ("..", "%2E%2E"),
        (".", "%2E"),
        ("a?b#c", "a%3Fb%23c"),
    ],
)
def test_the_model_stays_in_its_segment(upstream_id: str, segment: str) -> None:
    assert path("bedrock_converse", upstream_id) == f"/model/{segment}/converse"
    streamed = path("bedrock_converse", upstream_id, stream=True)
    assert streamed == f"/model/{segment}/converse-stream"


@pytest.mark.parametrize(
    ("model", "upstream_id", "dialects"),
    [
        ("anthropic/claude-x", CLAUDE, CLAUDE_SPEAKS),
        ("anthropic/claude-x", PROFILE, CLAUDE_SPEAKS),
        ("anthropic/claude-x", PROVISIONED, CLAUDE_SPEAKS[:2]),
        ("openai/gpt-oss", "openai.gpt-oss-120b-1:0", ("openai_chat", "bedrock_converse")),
        ("openai/gpt-5.6", "us.openai.gpt-5.6-sol", ("openai_responses", "bedrock_converse")),
        ("openai/gpt-5.6", PROVISIONED, ("bedrock_converse",)),
        ("xai/grok-4.6", "xai.grok-4.6", ("openai_chat", "bedrock_converse")),
        ("deepseek/v3", "deepseek.v3-v1:0", ("openai_chat", "bedrock_converse")),
        ("deepseek/r1", "us.deepseek.r1-v1:0", ("bedrock_converse",)),
        ("mistral/large-3", "mistral.mistral-large-3", ("openai_chat", "bedrock_converse")),
        ("mistral/large", "mistral.mistral-large-2402-v1:0", ("bedrock_converse",)),
        ("meta/llama-3", PROVISIONED, ("bedrock_converse",)),
        ("amazon/nova-embed", PROVISIONED, ("bedrock_embeddings",)),
        ("meta/llama-3", "meta.llama3-70b-instruct-v1:0", ("bedrock_converse",)),
        ("amazon/titan-embed", "amazon.titan-embed-text-v2:0", ("bedrock_embeddings",)),
        ("cohere/embed", "cohere.embed-english-v3", ("bedrock_embeddings",)),
    ],
)
def test_what_a_model_speaks(model: str, upstream_id: str, dialects: tuple[str, ...]) -> None:
    assert KIND.dialects_of is not None
    deployment = Deployment(
        id="aws/x",
        model=model,
        provider="aws",
        kind="bedrock",
        upstream_id=upstream_id,
        host="amazon",
    )
    assert KIND.dialects_of(deployment) == dialects
    assert set(dialects) <= set(KIND.dialects)


def test_claude_travels_wrapped() -> None:
    assert KIND.envelopes == {"anthropic_messages": "bedrock_invoke"}


def test_the_key_is_a_bearer() -> None:
    assert KIND.auth_headers("k") == ((b"authorization", b"Bearer k"),)


def test_an_access_key_signs() -> None:
    assert KIND.sign is not None
    now = datetime(2026, 11, 21, tzinfo=UTC)
    target = path("bedrock_converse").encode()
    added = KIND.sign(
        host=b"h",
        target=target,
        body=b"{}",
        credentials=Credentials(
            access_key_id="AKID", secret_access_key="secret", session_token="token"
        ),
        region="us-east-1",
        now=now,
        keys=SigningKeys(),
    )
    headers = {b"host": b"h", **dict(added)}
    assert headers[b"x-amz-security-token"] == b"token"
    assert b"/us-east-1/bedrock/aws4_request" in headers[b"authorization"]
    signer = verify(b"POST", target, headers, b"{}", secret_of={"AKID": "secret"}.get, now=now)
    assert signer == "AKID"


@pytest.mark.parametrize(
    ("status", "name", "signal", "told"),
    [
        (429, "ThrottlingException", "429", 429),
        (400, "ThrottlingException", "429", 429),
        (429, "ModelNotReadyException", "429", 429),
        (429, "", "429", 429),
        (503, "ServiceUnavailableException", "503", 503),
        (503, "", "503", 503),
        (400, "ServiceQuotaExceededException", None, 429),
        (408, "ModelTimeoutException", None, 502),
        (424, "ModelErrorException", None, 502),
        (424, "ModelStreamErrorException", None, 502),
        (500, "InternalServerException", None, 502),
        (403, "AccessDeniedException", None, 502),
        (403, "UnrecognizedClientException", None, 502),
        (400, "IncompleteSignatureException", None, 502),
        (400, "ExpiredTokenException", None, 502),
        (401, "", None, 502),
    ],
)
def test_failures(status: int, name: str, signal: str | None, told: int) -> None:
    for headers, body in (
        ({b"x-amzn-errortype": name.encode()}, b'{"message": "the prompt"}'),
        ({b"x-amzn-errortype": name.encode() + b":http://x/"}, b""),
        ({}, f'{{"__type": "com.amazon.coral.service#{name}"}}'.encode()),
        ({}, f'{{"__type": "{name}"}}'.encode()),
    ):
        failure = KIND.judge(status, headers, body)
        assert failure is not None
        assert (failure.signal, failure.status, failure.retryable) == (signal, told, True)
        assert "prompt" not in failure.message


@pytest.mark.parametrize(
    ("status", "name"),
    [(400, "ValidationException"), (409, "ConflictException"), (400, ""), (413, "")],
)
def test_the_clients_own(status: int, name: str) -> None:
    assert KIND.judge(status, {b"x-amzn-errortype": name.encode()}, b"{}") is None


def test_the_wait_is_awss_own() -> None:
    failure = KIND.judge(429, {b"x-amz-retry-after": b"250"}, b"")
    assert failure is not None
    assert failure.retry_after_ms == 250


def test_the_sovereign_cloud_has_addresses_of_its_own() -> None:
    assert KIND.regional_base_urls["eusc-de-east-1"].endswith(".eusc-de-east-1.amazonaws.eu")
    assert "us-gov-west-1" not in KIND.regional_base_urls
