"""What a deployment at Bedrock demands, in each dialect's own words."""

import msgspec
import pytest

from detente.canonical.model import Deployment, Dialect
from detente.providers import Guardrail, Site
from detente.providers.bedrock import KIND
from tests.providers.addresses import deployment_of

PLAIN = Site(base_url="https://bedrock-runtime.us-east-1.amazonaws.com")
GUARDED = msgspec.structs.replace(PLAIN, guardrail=Guardrail(identifier="gr1", version="3"))
TRACED = msgspec.structs.replace(
    PLAIN, guardrail=Guardrail(identifier="gr1", version="DRAFT", trace=True)
)
HEADERS = {
    b"x-amzn-bedrock-guardrailidentifier": b"gr1",
    b"x-amzn-bedrock-guardrailversion": b"3",
    b"x-amzn-bedrock-trace": b"DISABLED",
}


def deployment(tier: str | None = None) -> Deployment:
    return msgspec.structs.replace(deployment_of(KIND), tier=tier)


@pytest.mark.parametrize("dialect", KIND.dialects)
@pytest.mark.parametrize("tier", [None, "standard", "provisioned"])
def test_nothing_is_demanded_by_itself(dialect: Dialect, tier: str | None) -> None:
    assert KIND.headers(PLAIN, deployment(tier), dialect) == ()
    assert KIND.body_members(PLAIN, deployment(tier), dialect) == {}
    assert not KIND.withheld(PLAIN, deployment(tier), dialect)


@pytest.mark.parametrize("tier", ["reserved", "priority", "default", "flex"])
def test_a_tier(tier: str) -> None:
    asked = deployment(tier)
    assert KIND.body_members(PLAIN, asked, "bedrock_converse") == {"serviceTier": {"type": tier}}
    for dialect in ("openai_chat", "openai_responses"):
        assert KIND.body_members(PLAIN, asked, dialect) == {"service_tier": tier}
        assert KIND.headers(PLAIN, asked, dialect) == ()
    for dialect in ("anthropic_messages", "bedrock_embeddings"):
        assert dict(KIND.headers(PLAIN, asked, dialect)) == {
            b"x-amzn-bedrock-service-tier": tier.encode()
        }
        assert KIND.body_members(PLAIN, asked, dialect) == {}
    assert not any(KIND.withheld(PLAIN, asked, dialect) for dialect in KIND.dialects)


def test_a_latency_is_no_tier_and_openais_dialects_cannot_say_it() -> None:
    asked = deployment("optimized")
    assert KIND.body_members(PLAIN, asked, "bedrock_converse") == {
        "performanceConfig": {"latency": "optimized"}
    }
    assert dict(KIND.headers(PLAIN, asked, "anthropic_messages")) == {
        b"x-amzn-bedrock-performanceconfig-latency": b"optimized"
    }
    withheld = {name for name in KIND.dialects if KIND.withheld(PLAIN, asked, name)}
    assert withheld == {"openai_chat", "openai_responses"}


def test_a_guardrail_is_never_passed_by() -> None:
    plain = deployment()
    assert KIND.body_members(GUARDED, plain, "bedrock_converse") == {
        "guardrailConfig": {
            "guardrailIdentifier": "gr1",
            "guardrailVersion": "3",
            "trace": "disabled",
        }
    }
    for dialect in ("anthropic_messages", "openai_chat", "bedrock_embeddings"):
        assert dict(KIND.headers(GUARDED, plain, dialect)) == HEADERS
    withheld = {name for name in KIND.dialects if KIND.withheld(GUARDED, plain, name)}
    assert withheld == {"openai_responses"}
    said = {"bedrock_converse", "anthropic_messages", "openai_chat", "bedrock_embeddings"}
    answering = set(KIND.dialects) - {"bedrock_count_tokens"}
    assert said | withheld == answering


def test_what_a_client_says_of_a_guardrail_does_not_narrow_it() -> None:
    setting = "amazon-bedrock-guardrailConfig"
    assert KIND.body_members(GUARDED, deployment(), "openai_chat") == {setting: {}}
    assert KIND.body_members(GUARDED, deployment(), "anthropic_messages") == {
        setting: {"streamProcessingMode": "SYNCHRONOUS"}
    }


def test_a_trace_where_it_is_configured() -> None:
    members = KIND.body_members(TRACED, deployment(), "bedrock_converse")
    assert members["guardrailConfig"] == {
        "guardrailIdentifier": "gr1",
        "guardrailVersion": "DRAFT",
        "trace": "enabled",
    }
    assert (b"x-amzn-bedrock-trace", b"ENABLED") in KIND.headers(
        TRACED, deployment(), "anthropic_messages"
    )


def test_all_demands_go_together() -> None:
    members = KIND.body_members(GUARDED, deployment("flex"), "bedrock_converse")
    assert set(members) == {"guardrailConfig", "serviceTier"}
    assert len(KIND.headers(GUARDED, deployment("flex"), "anthropic_messages")) == 4


@pytest.mark.parametrize("dialect", KIND.dialects)
def test_a_client_is_not_heard_on_what_is_demanded(dialect: Dialect) -> None:
    """Whether or not the dialect has the header: who knows what else reads it."""
    tier = {b"x-amzn-bedrock-service-tier", b"x-amzn-bedrock-performanceconfig-latency"}
    for site, name, expected in (
        (PLAIN, None, set[bytes]()),
        (PLAIN, "provisioned", set[bytes]()),
        (PLAIN, "flex", tier),
        (PLAIN, "optimized", tier),
        (GUARDED, None, set(HEADERS)),
        (GUARDED, "flex", tier | set(HEADERS)),
    ):
        assert KIND.unheard(site, deployment(name), dialect) == expected
        assert expected <= KIND.forwarded_headers
