"""How deployments are reached: everything that no request changes, worked out once."""

from datetime import UTC, datetime
from typing import Any

import pytest

from detente.canonical.capability import UNKNOWN, Capabilities
from detente.configuration.schema import Limits
from detente.dialects import codec_of
from detente.dialects._envelope.invoke_lanes import upstream_codec
from detente.dialects.embedding_codec import EmbeddingCodec
from detente.gateway.upstream.credentials import Secrets
from detente.gateway.upstream.dial import Address
from detente.gateway.upstream.endpoint import Endpoint
from detente.gateway.upstream.reach import Reach
from detente.gateway.upstream.renewal import Renewals
from detente.providers import Credentials
from detente.wiring import Sources, build

CONFIGURATION = b"""
[providers.openai]
kind = "openai"
organization = "org-1"
api_key = { env = "K" }

[providers.narrow]
kind = "openai"
base_url = "https://eu.example:8443/v1"
dialects = ["openai_responses"]
first_byte_timeout_ms = 5

[providers.anthropic]
kind = "anthropic"
base_url = "http://[::1]:81"

[providers.bedrock]
kind = "bedrock"
region = "eu-west-1"
access_key_id = "AKIA"
secret_access_key = { env = "K" }

[providers.guarded]
kind = "bedrock"
region = "eu-west-1"
api_key = { env = "K" }
guardrail = { id = "gr1", version = "2" }

[providers.gemini]
kind = "gemini"
api_key = { env = "K" }

[models."openai/gpt-4.1"]
deployments = [
  { provider = "openai", id = "gpt-4.1" },
  { provider = "narrow", id = "g" },
  { provider = "openai", id = "ordered", dialects = ["openai_responses", "openai_chat"] },
]

[models."anthropic/claude"]
capabilities = { prefill = false }
deployments = [
  { provider = "anthropic", id = "c" },
  { provider = "bedrock", id = "us.anthropic.c:0" },
]

[models."openai/gpt-5.6"]
deployments = [
  { provider = "guarded", id = "us.openai.gpt-5.6-sol", tier = "flex" },
  { provider = "guarded", id = "us.openai.gpt-5.6", dialects = ["openai_responses"] },
]

[models."google/g"]
deployments = [{ provider = "gemini", id = "g" }]
"""


VERTEX = b"""
[providers.vertex]
kind = "vertex"
region = "eu"
project = "p"
api_key = { env = "K" }

[providers.express]
kind = "vertex"
region = "global"
api_key = { env = "K" }

[models."google/e"]
deployments = [
  { provider = "vertex", id = "text-embedding-005" },
  { provider = "express", id = "gemini-embedding-001" },
]

[models."anthropic/claude"]
deployments = [{ provider = "vertex", id = "claude", tier = "dedicated" }]
"""


@pytest.fixture(name="endpoints")
def _endpoints() -> dict[tuple[str, str], Endpoint]:
    return endpoints_of(CONFIGURATION)


def endpoints_of(main: bytes) -> dict[tuple[str, str], Endpoint]:
    """Every endpoint, by deployment and dialect."""
    setup = build(Sources(path="detente.toml", main=main, agreements=()))
    secrets = Secrets(
        api_keys={"openai": "sk-1", "gemini": "g-1", "vertex": "v-1", "express": "e-1"},
        access_keys={
            "bedrock": Credentials(access_key_id="AKIA", secret_access_key="s", session_token=None)
        },
    )

    def pool_of(name: str, address: Address, limits: Limits) -> Any:
        del limits
        return f"{name} at {address.host}"

    renewals = Renewals(lambda: datetime.now(UTC))
    found = Reach(setup, secrets, pool_of, renewals).endpoints()
    return {
        (deployment, dialect): found[model, deployment, dialect]
        for model, deployment, dialect in found
    }


def test_the_head_of_a_request_is_made_once(endpoints: dict[tuple[str, str], Endpoint]) -> None:
    endpoint = endpoints["openai/gpt-4.1", "openai_chat"]
    assert endpoint.head == (
        b"POST /v1/chat/completions HTTP/1.1\r\nhost: api.openai.com\r\n"
        b"authorization: Bearer sk-1\r\nopenai-organization: org-1\r\n"
        b"accept-encoding: identity\r\n"
    )
    assert endpoint.stream_head == endpoint.head
    assert endpoint.own_lines == (
        b"content-type: application/json\r\naccept: */*\r\nuser-agent: detente\r\n"
    )
    assert endpoint.pool == "openai at api.openai.com"
    assert endpoint.sign is None
    assert endpoint.first_byte_timeout_ms == 600_000


def test_dialects_are_the_kinds_unless_they_are_narrowed(
    endpoints: dict[tuple[str, str], Endpoint],
) -> None:
    def of(deployment: str) -> list[str]:
        return [dialect for name, dialect in endpoints if name == deployment]

    assert {"openai_chat", "openai_responses", "openai_embeddings"} <= set(of("openai/gpt-4.1"))
    assert of("narrow/g") == ["openai_responses"]
    assert of("openai/ordered") == ["openai_responses", "openai_chat"]
    assert of("bedrock/us.anthropic.c:0")[:2] == ["anthropic_messages", "bedrock_converse"]


def test_an_address_of_ones_own_has_its_port_and_its_patience(
    endpoints: dict[tuple[str, str], Endpoint],
) -> None:
    endpoint = endpoints["narrow/g", "openai_responses"]
    assert b"host: eu.example:8443\r\n" in endpoint.head
    assert b"authorization" not in endpoint.head
    assert endpoint.first_byte_timeout_ms == 5
    assert b"host: [::1]:81\r\n" in endpoints["anthropic/c", "anthropic_messages"].head


def test_a_translated_request_names_the_version_that_it_is_in(
    endpoints: dict[tuple[str, str], Endpoint],
) -> None:
    endpoint = endpoints["anthropic/c", "anthropic_messages"]
    assert b"anthropic-version: 2023-06-01\r\n" in endpoint.own_lines
    assert endpoint.target.api_version == "2023-06-01"


def test_a_target_is_the_upstreams_model_with_what_is_known_of_it(
    endpoints: dict[tuple[str, str], Endpoint],
) -> None:
    assert endpoints["openai/gpt-4.1", "openai_chat"].target.capabilities.reasoning == ("none",)
    claude = endpoints["bedrock/us.anthropic.c:0", "bedrock_converse"].target
    assert claude.model == "us.anthropic.c:0"
    assert claude.capabilities == Capabilities(prefill=False)
    assert endpoints["gemini/g", "gemini_generate"].target.capabilities == UNKNOWN


def test_a_stream_may_have_its_own_path(endpoints: dict[tuple[str, str], Endpoint]) -> None:
    gemini = endpoints["gemini/g", "gemini_generate"]
    assert gemini.head.startswith(b"POST /v1beta/models/g:generateContent HTTP/1.1\r\n")
    assert gemini.stream_head.startswith(
        b"POST /v1beta/models/g:streamGenerateContent?alt=sse HTTP/1.1\r\n"
    )
    assert b"x-goog-api-key: g-1\r\n" in gemini.head


def test_an_envelope_changes_path_and_codec(endpoints: dict[tuple[str, str], Endpoint]) -> None:
    wrapped = endpoints["bedrock/us.anthropic.c:0", "anthropic_messages"]
    assert wrapped.envelope == "bedrock_invoke"
    assert wrapped.head.startswith(b"POST /model/us.anthropic.c%3A0/invoke HTTP/1.1\r\n")
    native = codec_of("anthropic_messages")
    assert native is not None
    assert wrapped.codec is not native
    assert type(wrapped.codec) is type(upstream_codec(native))
    assert endpoints["anthropic/c", "anthropic_messages"].codec is native
    assert endpoints["bedrock/us.anthropic.c:0", "bedrock_converse"].envelope is None


def test_a_secret_is_a_token_where_a_token_has_all_it_needs() -> None:
    found = endpoints_of(VERTEX)
    token = found["vertex/claude", "anthropic_messages"].head
    assert b"authorization: Bearer v-1\r\n" in token
    assert b"x-goog-api-key" not in token
    key = found["express/gemini-embedding-001", "gemini_embeddings"].head
    assert b"x-goog-api-key: e-1\r\n" in key
    assert b"authorization" not in key


def test_an_enveloped_version_travels_in_the_body_and_a_tier_in_headers() -> None:
    endpoint = endpoints_of(VERTEX)["vertex/claude", "anthropic_messages"]
    assert b"anthropic-version" not in endpoint.own_lines
    assert b"x-vertex-ai-llm-request-type: dedicated\r\n" in endpoint.head
    assert not [name for name in endpoint.forwarded if name.startswith(b"x-vertex-ai-")]
    assert endpoint.stream_head.startswith(
        b"POST /v1/projects/p/locations/eu/publishers/anthropic/models/claude:streamRawPredict "
    )
    assert endpoint.address.host == "aiplatform.eu.rep.googleapis.com"


def test_a_deployment_is_asked_by_its_own_operation() -> None:
    found = endpoints_of(VERTEX)
    for deployment, operation in (
        ("vertex/text-embedding-005", "predict"),
        ("express/gemini-embedding-001", "publishers.batchEmbedContents"),
    ):
        endpoint = found[deployment, "gemini_embeddings"]
        assert endpoint.operation == operation
        assert isinstance(endpoint.codec, EmbeddingCodec)
        assert endpoint.codec.operation == operation


def test_an_access_key_signs_each_request(endpoints: dict[tuple[str, str], Endpoint]) -> None:
    endpoint = endpoints["bedrock/us.anthropic.c:0", "bedrock_converse"]
    assert b"authorization" not in endpoint.head
    assert endpoint.sign is not None
    now = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
    whole = endpoint.sign(b"{}", False, now)
    assert b"authorization: AWS4-HMAC-SHA256 Credential=AKIA/20261121/eu-west-1/bedrock/" in whole
    assert endpoint.sign(b"{}", False, now) == whole
    assert endpoint.sign(b"{}", True, now) != whole
    assert endpoint.sign(b"{ }", False, now) != whole


def test_what_cannot_be_demanded_in_a_dialect_is_not_asked_for_in_it(
    endpoints: dict[tuple[str, str], Endpoint],
) -> None:
    offered = {(name, dialect) for name, dialect in endpoints if name.startswith("guarded/")}
    assert offered == {("guarded/us.openai.gpt-5.6-sol", "bedrock_converse")}
    edits = endpoints["guarded/us.openai.gpt-5.6-sol", "bedrock_converse"].edits
    assert edits is not None
    assert set(edits.members) == {"guardrailConfig", "serviceTier"}
