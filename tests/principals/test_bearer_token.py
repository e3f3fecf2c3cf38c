"""What a token says before anybody believes it, and what is refused without a key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.token_issuer import encoded, forged

from detente.canonical.failure import ClientFault, Failure
from detente.principals.bearer_token import (
    KEY_ID_CHARACTERS_MAX,
    TOKEN_BYTES_MAX,
    Unverified,
    is_token,
    unverified,
)


def read(head: object, claims: object = None, signature: bytes = b"s") -> Unverified:
    return unverified(forged(head, {"iss": "x"} if claims is None else claims, signature).encode())


def test_a_token_is_told_by_its_three_parts() -> None:
    assert is_token(b"a.b.c")
    assert not is_token(b"dt-KJ2m")
    assert not is_token(b"a.b.c.d.e")  # encrypted


def test_head_and_claims_are_read() -> None:
    said = read({"alg": "RS256", "kid": "one", "typ": "at+jwt"}, {"iss": "x", "n": 1.5})
    assert said == Unverified(algorithm="RS256", key_id="one", claims={"iss": "x", "n": 1.5})
    assert read({"alg": "ES256"}).key_id is None


@pytest.mark.parametrize("name", ["crit", "jku", "jwk", "x5u"])
def test_heads_that_bring_keys_or_extensions_are_refused(name: str) -> None:
    with pytest.raises(ClientFault, match=f"`{name}`"):
        read({"alg": "RS256", name: "https://evil.example/keys"})


@pytest.mark.parametrize(
    "head",
    [
        {},
        {"alg": None},
        {"alg": ["RS256"]},
        {"alg": "RS256", "kid": 7},
        {"alg": "RS256", "kid": "k" * (KEY_ID_CHARACTERS_MAX + 1)},
        {"alg": "RS256", "typ": 7},
        ["alg"],
        "alg",
    ],
)
def test_heads_of_another_form_are_refused(head: object) -> None:
    with pytest.raises(ClientFault):
        read(head)


@pytest.mark.parametrize("type_", ["logout+jwt", "secevent+jwt", "dpop+jwt", ""])
def test_tokens_of_another_purpose_are_refused(type_: str) -> None:
    with pytest.raises(ClientFault, match="no access or ID token"):
        read({"alg": "RS256", "typ": type_})


@pytest.mark.parametrize("type_", ["JWT", "at+jwt", "application/at+JWT"])
def test_the_types_of_access_and_id_tokens_are_taken(type_: str) -> None:
    assert read({"alg": "RS256", "typ": type_}).algorithm == "RS256"


@pytest.mark.parametrize(
    "part",
    [
        b'{"iss": "x", "iss": "y"}',
        b'{"iss": {"a": 1, "a": 2}}',
        b'{"exp": NaN}',
        b'{"exp": -Infinity}',
        b"[" * 6_000,
        b'{"n": ' + b"9" * 5_000 + b"}",
        b'{"iss": "\xff"}',
        b'{"iss": "x"',
        b'{"iss": "x"} {}',
        b"",
        b"null",
    ],
)
def test_what_is_not_one_json_object_is_refused_in_either_part(part: bytes) -> None:
    good = encoded({"alg": "RS256"})
    for token in (f"{good}.{encoded(part)}.s", f"{encoded(part)}.{encoded({})}.s"):
        with pytest.raises(ClientFault, match="cannot be read"):
            unverified(token.encode())


@pytest.mark.parametrize(
    "token",
    [
        b"..",
        b"a.b.c",
        b" eyJhbGciOiJSUzI1NiJ9.e30.s",
        b"eyJhbGciOiJSUzI1NiJ9.e30.s\n",
        b"eyJhbGciOiJSUzI1NiJ9.e30=.s",
        b"eyJhbGciOiJSUzI1NiJ9.e3+/.s",
        b"eyJhbGciOiJSUzI1NiJ9.e30.s.t",
        b"eyJhbGciOiJSUzI1NiJ9.e30.\xff",
    ],
)
def test_what_is_not_in_the_compact_form_is_refused(token: bytes) -> None:
    with pytest.raises(ClientFault, match="cannot be read"):
        unverified(token)


def test_a_token_may_be_as_long_as_the_bound() -> None:
    head = encoded({"alg": "RS256"})
    empty = f"{head}.{encoded({'x': ''})}."
    token = f"{empty}{'A' * (TOKEN_BYTES_MAX - len(empty))}".encode()
    assert len(token) == TOKEN_BYTES_MAX
    assert unverified(token).claims == {"x": ""}
    with pytest.raises(ClientFault, match="more than 16384 bytes"):
        unverified(token + b"A")


def outcome(token: bytes) -> Unverified | Failure:
    try:
        return unverified(token)
    except ClientFault as fault:
        return fault.failure


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_refused_or_read_and_nothing_else(junk: bytes) -> None:
    for token in (junk, b"eyJhbGciOiJSUzI1NiJ9." + junk + b".s"):
        said = outcome(token)
        if isinstance(said, Failure):
            assert said.code == "key_invalid"
            assert len(junk) < 4 or junk not in said.message.encode()
        else:
            assert said.algorithm == "RS256"
