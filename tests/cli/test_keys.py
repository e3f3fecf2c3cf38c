"""Virtual keys: new ones are strong, and hashes are what the configuration accepts."""

import hashlib
import io
import json
import re

import pytest

from detente.cli import run
from detente.cli.keys import KEY_CHARACTERS_MAX, hash_of, new_key
from detente.configuration.located import read_toml
from detente.configuration.schema import Configuration


def test_a_new_key_has_256_random_bits() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(re.fullmatch(r"dt-[A-Za-z0-9_-]{43}", key) for key in keys)


def test_a_new_key_is_shown_once_with_its_hash(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["keys", "hash", "--new"]) == 0
    key, digest = (line.split(" = ")[1] for line in capsys.readouterr().out.splitlines())
    assert digest == "sha256:" + hashlib.sha256(key.encode()).hexdigest()


def test_the_configuration_accepts_the_hash() -> None:
    text = f'[keys.app]\nproject = "p"\nhash = "{hash_of("dt-x")}"'
    assert read_toml(text.encode(), "f", Configuration).keys["app"].hash == hash_of("dt-x")


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_a_key_is_read_from_standard_input(
    ending: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"dt-demo{ending}"))
    assert run(["keys", "hash", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"hash": hash_of("dt-demo")}


@pytest.mark.parametrize("text", ["", "\n", "x" * (KEY_CHARACTERS_MAX + 1)])
def test_no_key_is_wrong_usage(
    text: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert run(["keys", "hash"]) == 2
    assert "detente keys hash --new" in capsys.readouterr().err
