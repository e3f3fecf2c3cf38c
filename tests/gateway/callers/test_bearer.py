"""Tokens are verified once and by all of their bytes; whatever is wrong with one is found out."""

import json
import time
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.token_issuer import (
    AUDIENCE,
    PrivateKey,
    TokenIssuer,
    algorithm_of,
    ec_key,
    ed_key,
    encoded,
    forged,
    hmac_signed,
    jwk_of,
    public_pem,
    rsa_key,
    running_issuer,
    signed,
    signed_text,
)

from detente.canonical.failure import ClientFault
from detente.canonical.principal import Administrator
from detente.configuration.callers import IdentityProvider
from detente.gateway.callers.bearer import TOKENS_MAX, Tokens, Verifier, tokens_of
from detente.gateway.callers.issuer_keys import IssuerKeys, IssuerUnreached
from detente.principals.bearer_token import TOKEN_BYTES_MAX
from detente.principals.claims import TokenIdentity

KEYS: dict[str, PrivateKey] = {"rsa": rsa_key(), "ec": ec_key(), "ed": ed_key()}


@pytest.fixture(scope="module")
def issuer() -> Generator[TokenIssuer]:
    with running_issuer() as running:
        running.keys = dict(KEYS)
        yield running


class Door:
    """Tokens of one issuer, with its keys told, at a time that a test sets."""

    def __init__(self, issuer: TokenIssuer, **table: Any) -> None:
        usual: dict[str, Any] = {"issuer": issuer.url, "audience": AUDIENCE, "project": "shop"}
        self.asked: list[str] = []
        self.now_us = time.time_ns() // 1000
        self.keys = IssuerKeys(self.asked.append)
        self.provider = IdentityProvider(**{**usual, **table})
        self.verifier = Verifier({"id": self.provider}, self.keys)
        self.tokens = Tokens(self.verifier)
        self.keys.told("id", issuer.url, issuer.jwks, self.now_us)

    def identity(self, token: str) -> TokenIdentity:
        found = self.tokens.identity_of(token.encode(), self.now_us)
        assert found is not None
        return found

    def refused(self, token: str) -> str:
        with pytest.raises(ClientFault) as fault:
            self.tokens.identity_of(token.encode(), self.now_us)
        assert fault.value.failure.code == "key_invalid"
        for part in token.split("."):
            assert len(part) < 4 or part not in str(fault.value)
        with pytest.raises(ClientFault):  # it was not remembered as good either
            self.tokens.identity_of(token.encode(), self.now_us)
        return str(fault.value)


@pytest.fixture
def door(issuer: TokenIssuer) -> Door:
    return Door(issuer)


@pytest.mark.parametrize("key_id", KEYS)
def test_tokens_of_every_kind_of_key_are_taken(
    door: Door, issuer: TokenIssuer, key_id: str
) -> None:
    found = door.identity(issuer.token(key_id=key_id))
    assert found.project == "shop"
    assert found.name.startswith("token:id:")
    assert found.expires_us == 0


@pytest.mark.parametrize("algorithm", ["PS256", "RS256"])
def test_an_rsa_key_signs_by_every_algorithm_that_is_allowed(
    door: Door, issuer: TokenIssuer, algorithm: str
) -> None:
    assert door.identity(signed(issuer.claims(), rsa_key(), "rsa", algorithm))


def test_what_is_no_token_is_left_to_others(door: Door) -> None:
    for presented in (b"", b"dt-" + b"x" * 43, b"a.b", b"a.b.c.d.e", b"sk-\xff"):
        assert door.tokens.identity_of(presented, door.now_us) is None


def test_the_next_request_is_not_verified_again(door: Door, issuer: TokenIssuer) -> None:
    token = issuer.token()
    first = door.identity(token)
    door.keys.told("id", issuer.url, b"", door.now_us)
    assert door.identity(token) is first
    with pytest.raises(IssuerUnreached):
        door.identity(issuer.token(nonce="x"))
    door.tokens.forget()
    with pytest.raises(IssuerUnreached):
        door.identity(token)


def test_only_what_was_verified_is_remembered(door: Door, issuer: TokenIssuer) -> None:
    token = issuer.token(exp=door.now_us // 1_000_000 + 100).encode()
    assert door.tokens.remembered(token, door.now_us) is None
    found = door.identity(token.decode())
    assert door.tokens.remembered(token, door.now_us) is found
    assert door.tokens.remembered(token + b"A", door.now_us) is None
    assert door.tokens.remembered(token, door.now_us + 161_000_000) is None
    assert door.tokens.remembered(b"dt-key", door.now_us) is None


def test_a_renewed_token_is_the_same_caller(door: Door, issuer: TokenIssuer) -> None:
    one = door.identity(issuer.token(nonce="1"))
    assert one == door.identity(issuer.token(nonce="2"))
    assert one != door.identity(issuer.token(sub="bob"))


def test_a_remembered_token_ends_when_it_does(door: Door, issuer: TokenIssuer) -> None:
    ends = door.now_us // 1_000_000 + 100
    token = issuer.token(exp=ends)
    assert door.identity(token)
    skew_us = door.provider.clock_skew_ms * 1000
    door.now_us = ends * 1_000_000 + skew_us - 1
    assert door.identity(token)
    door.now_us += 1
    assert "expired" in door.refused(token)


def test_tokens_that_begin_or_end_alike_are_not_mistaken(door: Door, issuer: TokenIssuer) -> None:
    """A cache by a token's first characters let one user be another (CVE-2026-35030)."""
    good = issuer.token()
    assert door.identity(good)
    head, body, signature = good.split(".")
    other = encoded(issuer.claims(sub="owner@example.com"))
    for token in (
        f"{head}.{other}.{signature}",
        f"{head}.{body}.{signature[:-6]}AAAAAA",
        f"{head}.{body}.{signature}A",
        f"{head}.{body}.{signature[:20]}",
        f"{head}.{body}.",
        good[:-1],
    ):
        assert token != good
        door.refused(token)


@given(
    key_id=st.sampled_from(sorted(KEYS)),
    place=st.floats(0, 1, exclude_max=True),
    other=st.binary(max_size=2),
)
@settings(max_examples=150, deadline=None)
def test_no_other_bytes_are_as_good(
    issuer: TokenIssuer, key_id: str, place: float, other: bytes
) -> None:
    """Change, add or take away a byte anywhere: nobody comes in, and nothing breaks."""
    door = Door(issuer)
    good = issuer.token(key_id=key_id).encode()
    at = int(place * len(good))
    changed = good[:at] + other + good[at + 1 :]
    assert changed == good or not comes_in(door, changed)
    assert comes_in(door, good)
    assert changed == good or not comes_in(door, changed)


def comes_in(door: Door, presented: bytes) -> bool:
    try:
        return door.tokens.identity_of(presented, door.now_us) is not None
    except ClientFault:
        return False


def test_what_is_remembered_is_bounded(
    door: Door, issuer: TokenIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert TOKENS_MAX <= 100_000
    monkeypatch.setattr("detente.gateway.callers.bearer.TOKENS_MAX", 3)
    for number in range(8):
        assert door.identity(issuer.token(nonce=number))
        assert len(door.tokens) <= 3


# Confusion of algorithms and keys.


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", ""])
def test_no_signature_is_none(door: Door, issuer: TokenIssuer, algorithm: str) -> None:
    for signature in (b"", b"x"):
        head = {"alg": algorithm, "kid": "rsa"}
        assert "algorithm" in door.refused(forged(head, issuer.claims(), signature))


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_a_public_key_is_no_secret_of_an_hmac(
    door: Door, issuer: TokenIssuer, algorithm: str
) -> None:
    pem = public_pem(rsa_key())
    for secret in (pem, pem.rstrip(), issuer.jwks, b""):
        token = hmac_signed(issuer.claims(), secret, {"alg": algorithm, "kid": "rsa"})
        assert "algorithm" in door.refused(token)


@pytest.mark.parametrize("algorithm", ["rs256", "Rs256", "RS256 ", "RSA256", "ES256K", "RS1", "*"])
def test_algorithms_are_spelt_as_they_are_registered(
    door: Door, issuer: TokenIssuer, algorithm: str
) -> None:
    token = signed(issuer.claims(), rsa_key(), "rsa")
    _, body, signature = token.split(".")
    head = encoded({"alg": algorithm, "kid": "rsa"})
    assert "algorithm" in door.refused(f"{head}.{body}.{signature}")


@pytest.mark.parametrize(
    ("key_id", "algorithm"),
    [("rsa", "ES256"), ("rsa", "EdDSA"), ("ec", "RS256"), ("ec", "EdDSA"), ("ed", "ES256")],
)
def test_a_key_of_one_type_verifies_no_algorithm_of_another(
    door: Door, issuer: TokenIssuer, key_id: str, algorithm: str
) -> None:
    signer = next(key for key in KEYS.values() if algorithm_of(key) == algorithm)
    token = signed(issuer.claims(), signer, key_id, algorithm)
    assert "does not publish" in door.refused(token)


def test_only_configured_algorithms_are_taken(issuer: TokenIssuer) -> None:
    door = Door(issuer, algorithms=("ES256",))
    assert door.identity(issuer.token(key_id="ec"))
    assert "`algorithms` of `[identity.id]`" in door.refused(issuer.token(key_id="rsa"))


def test_a_key_of_another_proves_nothing(door: Door, issuer: TokenIssuer) -> None:
    assert "signature" in door.refused(signed(issuer.claims(), rsa_key(1), "rsa"))
    assert "signature" in door.refused(signed(issuer.claims(), ec_key(1), "ec"))
    assert "signature" in door.refused(signed(issuer.claims(), ed_key(1), "ed"))


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u"])
def test_a_token_brings_no_key_of_its_own(door: Door, issuer: TokenIssuer, name: str) -> None:
    own = jwk_of(rsa_key(1), "mine") if name == "jwk" else f"{issuer.url}/evil"
    token = signed(issuer.claims(), rsa_key(1), "mine", head={name: own})
    assert f"`{name}`" in door.refused(token)
    assert "/evil" not in issuer.asked


@pytest.mark.parametrize(
    "key_id",
    [
        "../../../../dev/null",
        "/proc/self/environ",
        "rsa' OR '1'='1",
        "x'; DROP TABLE keys; --",
        "rsa\x00",
        "RSA",
        " rsa",
        "|id",
        "http://127.0.0.1/keys",
        "",
        "ü",
    ],
)
def test_a_key_id_is_looked_up_and_nothing_else(
    door: Door, issuer: TokenIssuer, key_id: str
) -> None:
    for signer in (rsa_key(), rsa_key(1)):
        assert "does not publish" in door.refused(signed(issuer.claims(), signer, key_id))
    hmac = hmac_signed(issuer.claims(), b"", {"alg": "HS256", "kid": key_id})
    assert "algorithm" in door.refused(hmac)


# Claims.


def test_claims_that_do_not_hold_refuse_however_well_they_are_signed(
    door: Door, issuer: TokenIssuer
) -> None:
    now = int(time.time())
    assert "expired" in door.refused(issuer.token(exp=now - 61))
    assert "`exp`" in door.refused(issuer.token(exp=None))
    assert "hold yet" in door.refused(issuer.token(nbf=now + 3600))
    assert "hold yet" in door.refused(issuer.token(iat=now + 3600))
    for audience in ("api://other", ["a", "b"], [], None, AUDIENCE + "/", AUDIENCE.upper()):
        assert "somebody else" in door.refused(issuer.token(aud=audience))
    assert door.identity(issuer.token(aud=["other", AUDIENCE]))
    for wrong in (issuer.url + "/", issuer.url.upper(), "https://id.example", None, 7):
        assert "not known here" in door.refused(issuer.token(iss=wrong))


def test_duplicate_members_refuse_however_well_they_are_signed(
    door: Door, issuer: TokenIssuer
) -> None:
    claims = json.dumps(issuer.claims())
    twice = claims[:-1] + ', "sub": "owner"}'
    token = signed_text(twice, rsa_key(), "rsa")
    assert "cannot be read" in door.refused(token)


def test_a_token_is_bounded(door: Door, issuer: TokenIssuer) -> None:
    fits = issuer.token(groups="g" * 11_000)
    assert len(fits) < TOKEN_BYTES_MAX
    assert door.identity(fits)
    assert "more than" in door.refused(issuer.token(groups="g" * 13_000))
    assert "more than" in door.refused("a.b." + "c" * 10_000_000)


def test_a_token_has_to_say_a_project(issuer: TokenIssuer) -> None:
    door = Door(issuer, project=None, project_claim="team")
    assert door.identity(issuer.token(team="lab")).project == "lab"
    assert "`team`" in door.refused(issuer.token())


def test_the_audience_chooses_among_identities_of_one_issuer(issuer: TokenIssuer) -> None:
    def provider(audience: str, project: str) -> IdentityProvider:
        return IdentityProvider(issuer=issuer.url, audience=audience, project=project)

    keys = IssuerKeys(lambda _: None)
    identities = {"a": provider("api://a", "shop"), "b": provider("api://b", "lab")}
    tokens = tokens_of(identities, keys)
    assert tokens is not None
    now_us = time.time_ns() // 1000
    for name in identities:
        keys.told(name, issuer.url, issuer.jwks, now_us)
    found = tokens.identity_of(issuer.token(aud="api://b").encode(), now_us)
    assert found is not None
    assert (found.project, found.name[:8]) == ("lab", "token:b:")


def test_no_identities_are_no_tokens() -> None:
    assert tokens_of({}, IssuerKeys(lambda _: None)) is None


# Administrators.


def test_a_role_makes_an_administrator(issuer: TokenIssuer) -> None:
    roles = {"ai.audit": "auditor", "ai.team": "member"}
    door = Door(issuer, role_claim="roles", roles=roles, project=None, project_claim="team")

    def administrator(**claims: Any) -> Administrator:
        return door.verifier.administrator(issuer.token(**claims).encode(), door.now_us)

    assert administrator(roles=["ai.audit"]).role == "auditor"
    assert administrator(roles=["ai.team"], team="lab").project == "lab"
    for claims in ({}, {"roles": ["ai.team"]}, {"roles": ["owner"]}):
        with pytest.raises(ClientFault) as fault:
            administrator(**claims)
        assert fault.value.failure.code == "role_missing"
    foreign = signed(issuer.claims(roles=["ai.audit"]), rsa_key(1), "rsa").encode()
    with pytest.raises(ClientFault, match="signature"):
        door.verifier.administrator(foreign, door.now_us)
