"""Requests with bearer tokens, as transcripts: keys that are not there yet, come, and change."""

from collections.abc import Generator
from pathlib import Path

import pytest
from tests.gateway.scripts import CONFIGURATION, OK, chat, messages, request
from tests.gateway.stage import Stage, staged
from tests.token_issuer import ec_key, jwk_of, jwk_set, rsa_key, signed

from detente.gateway.link.messages import IssuerAsked, IssuerTold, LinkMessage
from detente.wiring import build

ISSUER = "https://id.example"
IDENTITY = f"""
[identity.work]
issuer = "{ISSUER}"
audience = "api://detente"
project = "shop"
labels = {{ team = "team" }}
"""
KEYS = jwk_set(jwk_of(rsa_key(), "one"))
FAR = 1 << 39
"""Later than any clock on stage."""


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Stage]:
    with staged(tmp_path, monkeypatch, CONFIGURATION + IDENTITY) as made:
        yield made
        assert made.at_rest()


def token(key_id: str = "one", **claims: object) -> str:
    usual = {"iss": ISSUER, "aud": "api://detente", "sub": "ann@example.com", "exp": FAR}
    key = rsa_key() if key_id == "one" else ec_key()
    return signed({**usual, **claims}, key, key_id)


def tell(stage: Stage, jwks: bytes) -> None:
    stage.worker.issuer_told(IssuerTold(name="work", issuer=ISSUER, jwks=jwks))


def test_a_token_is_a_caller_all_the_way_into_the_journal(stage: Stage) -> None:
    tell(stage, KEYS)
    client = stage.client()
    client.sends(chat("m", key=token(team="blue")))
    stage.upstream.answers(OK)
    assert client.answer().status == 200
    (intent,) = stage.intents
    assert intent.key is not None
    assert intent.key.startswith("token:work:")
    assert "ann" not in intent.key
    assert intent.project == "shop"
    assert ("team", "blue") in intent.labels
    assert b"eyJ" not in stage.upstream.received
    assert stage.settled().outcome == "answered"


@pytest.mark.parametrize("dialect", ["openai", "anthropic"])
def test_before_the_issuers_keys_are_known_nobody_is_called_a_stranger(
    stage: Stage, dialect: str
) -> None:
    heard: list[LinkMessage] = []
    stage.worker.say_up = lambda message: heard.append(message) is None
    client = stage.client()
    shown = token()
    client.sends(
        chat("m", key=shown)
        if dialect == "openai"
        else messages("m").replace(b"dt-stage-key", shown.encode())
    )
    answer = client.answer()
    assert answer.status == 503
    assert answer.headers["retry-after"] == "1"
    assert b"public keys of the issuer `work`" in answer.body
    assert shown.encode() not in client.received
    assert heard == [IssuerAsked(name="work")]
    assert stage.upstreams == []
    tell(stage, KEYS)
    again = stage.client()
    again.sends(chat("m", key=shown))
    stage.upstream.answers(OK)
    assert again.answer().status == 200


def test_a_forged_token_is_refused_in_every_place_of_a_key(stage: Stage) -> None:
    tell(stage, KEYS)
    bad = token()[:-6] + "AAAAAA"
    for data in (
        chat("m", key=bad),
        chat("m", key=None, headers=(f"x-api-key: {bad}",)),
        chat("m", key=None, headers=(f"api-key: {bad}",)),
        chat("m", key=None, headers=(f"x-goog-api-key: {bad}",)),
        request("GET", f"/v1beta/models?key={bad}", key=None),
    ):
        client = stage.client()
        client.sends(data)
        assert client.answer().status == 401
        assert bad.encode() not in client.received
    assert stage.upstreams == []
    assert stage.said == []


def test_tokens_of_a_key_that_is_withdrawn_end_at_once(stage: Stage) -> None:
    tell(stage, KEYS)
    shown = token()
    for status, jwks in ((200, KEYS), (401, jwk_set(jwk_of(ec_key(), "two"))), (503, b"")):
        tell(stage, jwks)
        client = stage.client()
        client.sends(chat("m", key=shown))
        if status == 200:
            stage.upstream.answers(OK)
        assert client.answer().status == status


def test_a_reload_keeps_the_keys_and_changes_what_tokens_may(stage: Stage) -> None:
    tell(stage, KEYS)
    shown = token()
    changed = (CONFIGURATION + IDENTITY).replace("api://detente", "api://other")
    for status, text in ((200, CONFIGURATION + IDENTITY), (401, changed), (401, CONFIGURATION)):
        stage.worker.reload(build(stage.sources(text)))
        client = stage.client()
        client.sends(chat("m", key=shown))
        if status == 200:
            stage.upstream.answers(OK)
        assert client.answer().status == status
