"""Issued tokens and keys hold for whom, and for as long as, they say; nothing else does."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.simulator.identity import tokens
from detente.simulator.identity.tokens import Problem, problem_of

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TOKEN = tokens.issue(
    subject="me", audience="a", issued_at=NOW, expires_at=NOW + timedelta(hours=1), scope="s"
)


def test_a_token_says_what_it_is() -> None:
    claims = tokens.claims_of(TOKEN)
    assert claims is not None
    assert (claims.sub, claims.aud, claims.scope) == ("me", "a", "s")
    assert claims.exp - claims.iat == 3600


@pytest.mark.parametrize(
    ("token", "audience", "after_s", "problem"),
    [
        (TOKEN, "a", 0, None),
        (TOKEN, "a", 3599, None),
        (TOKEN, "a", 3600, "expired"),
        (TOKEN, "a", -300, None),
        (TOKEN, "a", -301, "expired"),
        (TOKEN, "b", 0, "wrong_audience"),
        (None, "a", 0, "missing"),
        ("", "a", 0, "missing"),
        ("sk-1", "a", 0, "garbled"),
        (TOKEN[:-4] + "AAAA", "a", 0, "unknown"),
        ("x" + TOKEN, "a", 0, "unknown"),
        (TOKEN + "é", "a", 0, "unknown"),
    ],
)
def test_what_is_wrong_with_a_token(
    token: str | None, audience: str, after_s: int, problem: Problem | None
) -> None:
    at = NOW + timedelta(seconds=after_s)
    assert problem_of(token, (audience,), at) == problem


@given(position=st.integers(0, len(TOKEN) - 1), character=st.sampled_from("aZ0_-.é"))
def test_no_character_of_a_token_can_be_changed(position: int, character: str) -> None:
    changed = TOKEN[:position] + character + TOKEN[position + 1 :]
    expected = changed == TOKEN
    assert (problem_of(changed, ("a",), NOW) is None) == expected


@given(text=st.text())
def test_no_text_is_a_token_by_chance(text: str) -> None:
    assert problem_of(text, ("a",), NOW) in ("missing", "garbled", "unknown")


def test_temporary_keys_belong_together() -> None:
    keys, others = (
        tokens.issue_keys(subject=name, issued_at=NOW, expires_at=NOW + timedelta(hours=1))
        for name in ("me", "you")
    )
    assert keys.access_key_id.startswith("ASIA")
    assert tokens.secret_of(keys.access_key_id, keys.session_token) == keys.secret_access_key
    assert tokens.secret_of(keys.access_key_id, others.session_token) is None
    assert tokens.secret_of(keys.access_key_id, None) is None
    assert tokens.secret_of(keys.access_key_id, "a.b.c") is None


def test_what_is_not_base64_decodes_to_nothing() -> None:
    assert tokens.decoded("a") == b""
    assert tokens.decoded(tokens.encoded(b"any bytes")) == b"any bytes"
