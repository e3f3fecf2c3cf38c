"""A kept map opens for its own project and conversation, unchanged and in time, and else never."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.guardrails.kept_maps import (
    MAP_BYTES_MAX,
    KeptMapError,
    opened_map,
    sealed_map,
)

KEY = bytes(range(32))
NONCE = bytes(range(12))
ORIGINALS = {"⟨EMAIL_abcdefghijklm⟩": "ann@contoso.com"}
SEALED = sealed_map(
    ORIGINALS, key=KEY, nonce=NONCE, project="a", conversation="resp_1", expires_s=2_000
)


def opened(
    sealed: bytes = SEALED,
    *,
    key: bytes = KEY,
    project: str = "a",
    conversation: str = "resp_1",
    now_s: float = 1_999.9,
) -> dict[str, str]:
    return opened_map(sealed, key=key, project=project, conversation=conversation, now_s=now_s)


@given(st.dictionaries(st.text(), st.text()), st.text(), st.text())
def test_what_was_sealed_opens(originals: dict[str, str], project: str, talk: str) -> None:
    sealed = sealed_map(
        originals, key=KEY, nonce=NONCE, project=project, conversation=talk, expires_s=2
    )
    assert opened(sealed, project=project, conversation=talk, now_s=1) == originals


def test_nothing_of_it_can_be_read() -> None:
    assert opened() == ORIGINALS
    assert b"contoso" not in SEALED
    assert b"EMAIL" not in SEALED


@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
def test_a_forged_map_is_refused(at: int, change: int) -> None:
    forged = bytearray(SEALED)
    forged[at] ^= change
    with pytest.raises(KeptMapError, match="was changed"):
        opened(bytes(forged))


@pytest.mark.parametrize("sealed", [b"", b"dtm1", SEALED[:-1], SEALED + b"x", SEALED[:16]])
def test_a_cut_map_is_refused(sealed: bytes) -> None:
    with pytest.raises(KeptMapError, match="was changed"):
        opened(sealed)


def test_a_foreign_map_is_refused() -> None:
    for project, conversation in (("b", "resp_1"), ("a", "resp_2"), ("ar", "esp_1"), ("", "")):
        with pytest.raises(KeptMapError, match="another project or conversation"):
            opened(project=project, conversation=conversation)
    with pytest.raises(KeptMapError, match="another project or conversation"):
        opened(key=bytes(32))


@pytest.mark.parametrize("now_s", [2_000, 2_000.1, 1e12])
def test_an_expired_map_is_refused(now_s: float) -> None:
    with pytest.raises(KeptMapError, match="time that is over"):
        opened(now_s=now_s)


def test_too_much_is_not_kept() -> None:
    with pytest.raises(KeptMapError, match="are the most that is kept"):
        sealed_map(
            {"a": "x" * MAP_BYTES_MAX},
            key=KEY,
            nonce=NONCE,
            project="a",
            conversation="b",
            expires_s=1,
        )


def test_keys_and_nonces_have_their_length() -> None:
    with pytest.raises(ValueError, match="give 32"):
        opened(key=bytes(16))
    with pytest.raises(ValueError, match="give 12"):
        sealed_map({}, key=KEY, nonce=b"", project="a", conversation="b", expires_s=1)


def test_no_message_tells_what_is_kept() -> None:
    with pytest.raises(KeptMapError) as caught:
        opened(now_s=3_000)
    assert "contoso" not in str(caught.value)
    assert "resp_1" not in str(caught.value)


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers.aead", None)
    with pytest.raises(KeptMapError, match=r"install `detente\[guardrails\]`"):
        sealed_map({}, key=KEY, nonce=NONCE, project="a", conversation="b", expires_s=1)
