"""Virtual keys: new ones are strong, and hashes are what the configuration accepts."""

import hashlib
import io
import json
import re
from pathlib import Path

import pytest

from detente.cli import run
from detente.cli.keys import KEY_CHARACTERS_MAX, new_key
from detente.configuration.located import read_toml
from detente.configuration.schema import Configuration
from detente.gateway.access_keys import access_key_id, secret_access_key
from detente.principals.hashing import hash_text


def test_a_new_key_has_256_random_bits() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(re.fullmatch(r"dt-[A-Za-z0-9_-]{43}", key) for key in keys)


def test_a_new_key_is_shown_once_with_its_hash(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["keys", "hash", "--new"]) == 0
    key, digest = (line.split(" = ")[1] for line in capsys.readouterr().out.splitlines())
    assert digest == "sha256:" + hashlib.sha256(key.encode()).hexdigest()


def test_the_configuration_accepts_the_hash() -> None:
    text = f'[keys.app]\nproject = "p"\nhash = "{hash_text("dt-x")}"'
    assert read_toml(text.encode(), "f", Configuration).keys["app"].hash == hash_text("dt-x")


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_a_key_is_read_from_standard_input(
    ending: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"dt-demo{ending}"))
    assert run(["keys", "hash", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"hash": hash_text("dt-demo")}


@pytest.mark.parametrize("text", ["", "\n", "x" * (KEY_CHARACTERS_MAX + 1)])
def test_no_key_is_wrong_usage(
    text: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert run(["keys", "hash"]) == 2
    assert "detente keys hash --new" in capsys.readouterr().err


MASTER_KEY = "a master key of the tests, long enough"
KEYS = f"""
[keys.app]
project = "p"
hash = "{hash_text("dt-x")}"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "detente.toml"
    path.write_text(KEYS + '[server]\nmaster_key = { file = "master.key" }\n')
    (tmp_path / "master.key").write_text(MASTER_KEY + "\n")
    return path


def test_an_access_key_is_what_the_gateway_derives(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["keys", "aws", "app", "--config", str(config)]) == 0
    shown = dict(line.split(" = ") for line in capsys.readouterr().out.splitlines())
    name = access_key_id(hash_text("dt-x"))
    assert shown == {
        "aws_access_key_id": name,
        "aws_secret_access_key": secret_access_key(MASTER_KEY, name),
    }
    assert run(["keys", "aws", "app", "--config", str(config), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == shown


def test_an_unknown_key_has_none(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["keys", "aws", "apps", "--config", str(config)]) == 2
    assert "unknown key `apps`; did you mean `app`?" in capsys.readouterr().err


def test_nor_one_without_a_master_key(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text(KEYS)
    assert run(["keys", "aws", "app", "--config", str(config)]) == 2
    assert "set `server.master_key`" in capsys.readouterr().err


def test_a_master_key_that_is_too_short(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (config.parent / "master.key").write_text("short")
    assert run(["keys", "aws", "app", "--config", str(config)]) == 2
    told = capsys.readouterr().err
    assert "fewer than 32 characters" in told
    assert "short" not in told
