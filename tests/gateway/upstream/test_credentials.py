"""Secrets are read where the configuration says, and what is wrong with them is told there."""

from pathlib import Path

import pytest

from detente.configuration.located import LocatedErrors
from detente.gateway.upstream.credentials import (
    MASTER_KEY_CHARACTERS_MIN,
    resolve_guardrail_secret,
    resolve_master_key,
    resolve_secrets,
)
from detente.wiring import Setup, Sources, build

SECRET = "sk-canary-of-the-secrets"
PROVIDER = """
[providers.p]
kind = "openai"
api_key = { file = "p.key" }
"""
AWS = """
[providers.aws]
kind = "bedrock"
region = "eu-west-1"
access_key_id = "AKID"
secret_access_key = { file = "p.key" }
session_token = { env = "TOKEN_OF_THE_TESTS" }
"""
MASTER = """
[server]
master_key = { file = "p.key" }
"""
GUARDED = """
[guardrails]
secret = { file = "p.key" }
"""


def setup_of(folder: Path, text: str) -> Setup:
    return build(Sources(path=str(folder / "detente.toml"), main=text.encode(), agreements=()))


def told(errors: LocatedErrors) -> str:
    (error,) = errors.errors
    assert SECRET not in str(error)
    return str(error)


def test_a_secret_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "p.key").write_text(SECRET + "\n")
    assert resolve_secrets(setup_of(tmp_path, PROVIDER)).api_keys == {"p": SECRET}


@pytest.mark.parametrize("content", [b"", b"\n", b"a\r\nx-evil: 1", "schlüssel".encode(), b"a\x00"])
def test_a_secret_that_no_header_can_carry(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "p.key").write_bytes(content)
    with pytest.raises(LocatedErrors) as errors:
        resolve_secrets(setup_of(tmp_path, PROVIDER))
    assert "detente.toml:4: the secret is empty or has characters" in told(errors.value)


def test_a_secret_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LocatedErrors) as errors:
        resolve_secrets(setup_of(tmp_path, PROVIDER))
    assert "`p.key` cannot be read" in told(errors.value)
    monkeypatch.delenv("NO_SUCH_SECRET", raising=False)
    text = PROVIDER.replace('{ file = "p.key" }', '{ env = "NO_SUCH_SECRET" }')
    with pytest.raises(LocatedErrors) as errors:
        resolve_secrets(setup_of(tmp_path, text))
    assert "the environment has no `NO_SUCH_SECRET`; set it" in told(errors.value)


def test_an_access_key_is_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "p.key").write_text(SECRET)
    monkeypatch.setenv("TOKEN_OF_THE_TESTS", "a token")
    secrets = resolve_secrets(setup_of(tmp_path, AWS))
    key = secrets.access_keys["aws"]
    assert (key.access_key_id, key.secret_access_key, key.session_token) == (
        "AKID",
        SECRET,
        "a token",
    )
    assert secrets.api_keys == {}
    assert SECRET not in repr(secrets)


def test_everything_that_is_wrong_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOKEN_OF_THE_TESTS", raising=False)
    with pytest.raises(LocatedErrors) as errors:
        resolve_secrets(setup_of(tmp_path, PROVIDER + AWS + MASTER))
    assert [error.line for error in errors.value.errors] == [4, 10, 11, 14]


def test_the_master_key(tmp_path: Path) -> None:
    assert resolve_master_key(setup_of(tmp_path, "")) is None
    assert resolve_secrets(setup_of(tmp_path, "")).master_key is None
    master_key = "m" * MASTER_KEY_CHARACTERS_MIN
    (tmp_path / "p.key").write_text(master_key + "\n")
    assert resolve_master_key(setup_of(tmp_path, MASTER)) == master_key
    assert resolve_secrets(setup_of(tmp_path, MASTER)).master_key == master_key


def test_a_short_master_key(tmp_path: Path) -> None:
    (tmp_path / "p.key").write_text("m" * (MASTER_KEY_CHARACTERS_MIN - 1))
    for resolve in (resolve_secrets, resolve_master_key):
        with pytest.raises(LocatedErrors) as errors:
            resolve(setup_of(tmp_path, MASTER))
        assert "detente.toml:3: the master key has fewer than 32" in told(errors.value)


def test_the_secret_of_guardrails(tmp_path: Path) -> None:
    assert resolve_guardrail_secret(setup_of(tmp_path, "")) is None
    (tmp_path / "p.key").write_text("g" * MASTER_KEY_CHARACTERS_MIN + "\n")
    assert resolve_guardrail_secret(setup_of(tmp_path, GUARDED)) == "g" * MASTER_KEY_CHARACTERS_MIN
    resolve_secrets(setup_of(tmp_path, GUARDED))
    (tmp_path / "p.key").write_text("g" * (MASTER_KEY_CHARACTERS_MIN - 1))
    for resolve in (resolve_secrets, resolve_guardrail_secret):
        with pytest.raises(LocatedErrors) as errors:
            resolve(setup_of(tmp_path, GUARDED))
        expected = "detente.toml:3: the secret of `[guardrails]` has fewer than 32"
        assert expected in told(errors.value)
