"""Amazon Bedrock's other host."""

from datetime import UTC, datetime

import msgspec
import pytest

from detente.canonical.model import Dialect
from detente.providers import Credentials, SigningKeys, Site, verify
from detente.providers.bedrock_mantle import KIND
from tests.providers.addresses import deployment_of, path_of

HOST = "https://bedrock-mantle.us-east-1.api.aws"
RUNTIME = "https://bedrock-runtime.us-east-1.amazonaws.com"


def path(dialect: Dialect, base_url: str = HOST, upstream_id: str = "openai.gpt-oss-120b") -> str:
    return path_of(KIND, base_url, dialect, upstream_id)


def test_paths() -> None:
    assert path("openai_chat") == "/v1/chat/completions"
    assert path("openai_responses") == "/v1/responses"
    assert path("anthropic_messages") == "/anthropic/v1/messages"
    assert path("anthropic_count_tokens") == "/anthropic/v1/messages/count_tokens"


@pytest.mark.parametrize(
    ("upstream_id", "root"),
    [
        ("openai.gpt-oss-120b", "/v1"),
        ("openai.gpt-5.6-terra", "/openai/v1"),
        ("xai.grok-4.3", "/openai/v1"),
        ("google.gemma-4-31b", "/openai/v1"),
        ("google.gemma-3-27b-it", "/v1"),
        ("moonshotai.kimi-k2.5", "/v1"),
        ("mistral.mistral-large-3", "/v1"),
    ],
)
def test_the_root_depends_on_the_model(upstream_id: str, root: str) -> None:
    assert path("openai_chat", HOST, upstream_id) == f"{root}/chat/completions"
    assert path("openai_chat", HOST + "/anthropic", upstream_id) == f"{root}/chat/completions"
    for given in ("/v1", "/openai/v1/"):
        said = given.rstrip("/")
        assert path("openai_chat", HOST + given, upstream_id) == f"{said}/chat/completions"
        assert path("anthropic_messages", HOST + given) == "/anthropic/v1/messages"
    assert path("openai_chat", RUNTIME, upstream_id) == "/openai/v1/chat/completions"
    assert path("openai_chat", f"{HOST}/at/here", upstream_id) == f"/at/here{root}/chat/completions"


def test_a_configured_name_says_what_the_id_does_not() -> None:
    named = path_of(KIND, HOST, "openai_responses", "mine", model="xai/grok-4.3")
    assert named == "/openai/v1/responses"


@pytest.mark.parametrize(
    ("upstream_id", "dialects"),
    [
        ("anthropic.claude-haiku-4-5", ("anthropic_messages", "anthropic_count_tokens")),
        ("openai.gpt-5.5", ("openai_responses",)),
        ("openai.gpt-oss-20b", ("openai_chat", "openai_responses")),
        ("xai.grok-4.3", ("openai_chat", "openai_responses")),
        ("google.gemma-4-31b", ("openai_chat", "openai_responses")),
        ("qwen.qwen3-32b", ("openai_chat",)),
        ("deepseek.v3.2", ("openai_chat",)),
    ],
)
def test_what_a_model_speaks(upstream_id: str, dialects: tuple[str, ...]) -> None:
    assert KIND.dialects_of is not None
    assert KIND.dialects_of(deployment_of(KIND, upstream_id)) == dialects
    assert set(dialects) <= set(KIND.dialects)


def test_a_tier_and_a_project_are_openais_dialects_to_say() -> None:
    site = Site(base_url=HOST, project="p1")
    asked = msgspec.structs.replace(deployment_of(KIND, "openai.gpt-oss-20b"), tier="flex")
    assert KIND.body_members(site, asked, "openai_chat") == {"service_tier": "flex"}
    assert KIND.body_members(site, asked, "anthropic_messages") == {}
    assert KIND.headers(site, asked, "openai_chat") == ((b"openai-project", b"p1"),)
    assert KIND.headers(site, asked, "anthropic_messages") == ()
    assert KIND.headers(Site(base_url=HOST), asked, "openai_chat") == ()
    assert not KIND.guards


@pytest.mark.parametrize(
    ("host", "service"),
    [
        (b"bedrock-mantle.us-east-1.api.aws", b"bedrock-mantle"),
        (b"127.0.0.1:8080", b"bedrock-mantle"),
        (b"bedrock-runtime.us-east-1.amazonaws.com", b"bedrock"),
    ],
)
def test_an_access_key_signs_for_the_service_whose_host_it_is(host: bytes, service: bytes) -> None:
    assert KIND.sign is not None
    now = datetime(2026, 11, 22, tzinfo=UTC)
    added = KIND.sign(
        host=host,
        target=b"/anthropic/v1/messages",
        body=b"{}",
        credentials=Credentials(access_key_id="AKID", secret_access_key="secret"),
        region="us-east-1",
        now=now,
        keys=SigningKeys(),
    )
    headers = {b"host": host, **dict(added)}
    assert b"/us-east-1/%b/aws4_request" % service in headers[b"authorization"]
    signer = verify(
        b"POST",
        b"/anthropic/v1/messages",
        headers,
        b"{}",
        secret_of={"AKID": "secret"}.get,
        now=now,
    )
    assert signer == "AKID"


def test_the_key_is_a_bearer() -> None:
    assert KIND.auth_headers("k") == ((b"authorization", b"Bearer k"),)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (
            401,
            b'{"error":{"code":"access_denied","type":"permission_denied_error"}}',
            "credentials",
        ),
        (429, b'{"error":{"type":"rate_limit_error"}}', "capacity"),
        (
            400,
            b'{"error":{"code":"validation_error","type":"invalid_request_error","param":null,'
            b'"message":"model `xai.grok-4.3` isn\'t supported on this route"}}',
            "model_unknown",
        ),
        (
            400,
            b'{"error":{"type":"invalid_request_error","message":"The model \'openai.gpt-5.5\' '
            b"does not support the '/anthropic/v1/messages' API\"}}",
            "model_unknown",
        ),
    ],
)
def test_failures(status: int, body: bytes, kind: str) -> None:
    failure = KIND.judge(status, {}, body)
    assert failure is not None
    assert failure.kind == kind
    assert "grok" not in failure.message


def test_a_wrong_request_is_the_clients_own() -> None:
    body = b'{"error":{"type":"invalid_request_error","message":"messages: Field required"}}'
    assert KIND.judge(400, {}, body) is None
