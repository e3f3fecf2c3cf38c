"""What Bedrock refuses of the gateway's own: each refusal names its cause, and where to mend it.

Signed as the gateway signs, refused as the simulated hosts refuse, and judged by the kind.
"""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from detente.canonical.failure import Failure
from detente.providers import Credentials, ProviderKind, SigningKeys, bedrock, bedrock_mantle
from detente.simulator.exchange import Received, Reply, Setting
from detente.simulator.identity import issue_keys
from detente.simulator.platforms import platform_of

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
CLAUDE, OSS = "us.anthropic.claude-x-v1:0", "openai.gpt-oss-120b"
AWS = Credentials(access_key_id="AKID", secret_access_key="secret")
TARGETS = {"bedrock": f"/model/{CLAUDE}/converse", "bedrock_mantle": "/v1/chat/completions"}
BODIES: dict[str, object] = {
    "bedrock": {"messages": [{"role": "user", "content": [{"text": "a secret prompt"}]}]},
    "bedrock_mantle": {"model": OSS, "messages": [{"role": "user", "content": "a secret prompt"}]},
}
SETTING = Setting(
    models=(CLAUDE, OSS),
    api_key="secret",
    base_path="",
    tokens=1,
    limit=1,
    remaining=1,
    request_id="0" * 32,
    at=NOW,
    region="us-east-1",
)
ISSUING = msgspec.structs.replace(SETTING, issued_tokens=True, api_key=None)
KINDS = (bedrock.KIND, bedrock_mantle.KIND)


def outcome(
    kind: ProviderKind,
    *,
    credentials: Credentials = AWS,
    now: datetime = NOW,
    region: str = "us-east-1",
    setting: Setting = SETTING,
    target: str | None = None,
    signer: ProviderKind | None = None,
) -> tuple[int, Failure | None]:
    """The status of the answer, and what the kind makes of it."""
    path = target or TARGETS[kind.name]
    body = msgspec.json.encode(BODIES[kind.name])
    sign = (signer or kind).sign
    assert sign is not None
    added = sign(
        host=b"h",
        target=path.encode(),
        body=body,
        credentials=credentials,
        region=region,
        now=now,
        keys=SigningKeys(),
    )
    headers = (("host", "h"), *((name.decode(), value.decode()) for name, value in added))
    request = Received(method="POST", target=path, headers=headers, body=body)
    answer = platform_of(kind.name).answer(request, setting)
    assert isinstance(answer, Reply)
    given = {name.lower().encode(): value.encode() for name, value in answer.headers}
    return answer.status, kind.judge(answer.status, given, answer.body)


def failure(kind: ProviderKind, status: int = 403, **changed: object) -> Failure:
    """The failure of a request of which something is wrong."""
    arguments: dict[str, object] = changed
    found = outcome(kind, **arguments)  # pyright: ignore[reportArgumentType] -- as `outcome` has them
    assert found[0] == status
    assert found[1] is not None
    assert found[1].retryable
    assert not found[1].is_refusal
    assert "prompt" not in found[1].message
    assert "secret" not in found[1].message
    return found[1]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_nothing_is_wrong(kind: ProviderKind) -> None:
    assert outcome(kind) == (200, None)


@pytest.mark.parametrize("off", [HOUR, -HOUR])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_clock_that_is_an_hour_off(kind: ProviderKind, off: timedelta) -> None:
    found = failure(kind, now=NOW + off)
    assert found.kind == "clock"
    assert "set the clock of the gateway's machine" in found.message


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_region_that_is_not_the_hosts(kind: ProviderKind) -> None:
    found = failure(kind, region="eu-west-1")
    assert found.kind == "region"
    assert "check `region`" in found.message


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_another_service(kind: ProviderKind) -> None:
    other = next(one for one in KINDS if one is not kind)
    found = failure(kind, signer=other)
    assert found.kind == "credentials"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_another_secret(kind: ProviderKind) -> None:
    wrong = Credentials(access_key_id="AKID", secret_access_key="other")
    assert failure(kind, credentials=wrong).kind == "credentials"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_temporary_keys(kind: ProviderKind) -> None:
    keys = issue_keys(subject="me", issued_at=NOW, expires_at=NOW + HOUR)
    assert outcome(kind, credentials=keys, setting=ISSUING) == (200, None)
    without = msgspec.structs.replace(keys, session_token=None)
    assert failure(kind, credentials=without, setting=ISSUING).kind == "credentials"
    ended = issue_keys(subject="me", issued_at=NOW - 2 * HOUR, expires_at=NOW - HOUR)
    found = failure(kind, credentials=ended, setting=ISSUING)
    assert found.kind == "credentials"  # which has them renewed: the status is 403


def test_a_model_that_the_region_does_not_have() -> None:
    found = failure(bedrock.KIND, 400, target="/model/us.gone-v1:0/converse")
    assert found.kind == "model_unknown"
    assert "in this region" in found.message


def test_a_model_that_is_served_below_another_root() -> None:
    found = failure(bedrock_mantle.KIND, 400, target="/openai/v1/chat/completions")
    assert found.kind == "model_unknown"
