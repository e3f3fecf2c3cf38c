"""Every simulated platform lets in who has its key, in its own header, and nobody else."""

import json

import msgspec
import pytest

from detente import providers
from detente.configuration.schema import ProviderKindName
from detente.providers import ProviderKind
from detente.simulator.exchange import Received, Reply
from detente.simulator.platforms import platform_of
from tests.simulator.values import SETTING

KEY = "key-0001"
KINDS = {kind.name: kind for kind in providers.kinds()}
PATHS: dict[ProviderKindName, str] = {
    "vertex": "/v1/projects/p/locations/l/publishers/google/models/m:generateContent",
    "oci": "/openai/v1/chat/completions",
    "bedrock": "/model/m/converse",
    "gemini": "/v1beta/models/m:generateContent",
}
"""Where keys are looked at only there; elsewhere every path will do."""
REFUSALS: dict[ProviderKindName, tuple[int, ...]] = {
    "anthropic_aws": (403, 401),
    "bedrock": (403,),
    "bedrock_mantle": (403,),
    "gemini": (403, 400),
    "xai": (401, 400),
}
"""Statuses without a key and with a wrong one, where they are not 401."""


def answered(kind: ProviderKindName, headers: tuple[tuple[str, str], ...]) -> Reply:
    platform = platform_of(kind)
    setting = msgspec.structs.replace(SETTING, api_key=KEY, base_path=platform.base_path)
    path = platform.base_path + PATHS.get(kind, "/nowhere")
    found = platform.answer(
        Received(method="POST", target=path, headers=headers, body=b'{"model":"m"}'), setting
    )
    assert isinstance(found, Reply)
    return found


def keyed(kind: ProviderKind, secret: str) -> tuple[tuple[str, str], ...]:
    """The header in which the platform wants its key; Vertex AI's projects want a token."""
    made = kind.token_headers if kind.name == "vertex" else kind.auth_headers
    return tuple((name.decode(), value.decode()) for name, value in made(secret))


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_only_its_key_opens_it(kind: ProviderKind) -> None:
    refusals = REFUSALS.get(kind.name, (401,))
    allowed = answered(kind.name, keyed(kind, KEY))
    assert allowed.status not in (401, 403), allowed.body
    for secret in ("key-0002", KEY + "x", KEY[:-1], KEY.upper(), "k\u00e9y"):
        refused = answered(kind.name, keyed(kind, secret))
        assert refused.status in refusals, (secret, refused.body)
        assert json.loads(refused.body)
        assert KEY.encode() not in refused.body
    bare = answered(kind.name, ())
    assert bare.status in refusals, bare.body


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_another_scheme_or_header_is_no_key(kind: ProviderKind) -> None:
    for headers in (
        (("authorization", f"Basic {KEY}"),),
        (("authorization", KEY),),
        (("authorization", "Bearer"),),
        (("x-key", KEY),),
        (("cookie", f"key={KEY}"),),
    ):
        status = answered(kind.name, headers).status
        assert status in REFUSALS.get(kind.name, (401,)), headers
