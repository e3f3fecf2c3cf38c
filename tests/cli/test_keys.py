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
from detente.gateway.callers.access_keys import access_key_id, secret_access_key
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


SERVER = '[server]\nadmin_listen = "127.0.0.1:1"\n'
"""Where nobody answers: so commands work on the store itself."""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "detente.toml"
    path.write_text(KEYS + SERVER + 'master_key = { file = "master.key" }\n')
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
    config.write_text(KEYS + SERVER)
    assert run(["keys", "aws", "app", "--config", str(config)]) == 2
    assert "set `server.master_key`" in capsys.readouterr().err


def test_a_master_key_that_is_too_short(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (config.parent / "master.key").write_text("short")
    assert run(["keys", "aws", "app", "--config", str(config)]) == 2
    told = capsys.readouterr().err
    assert "fewer than 32 characters" in told
    assert "short" not in told


# Keys of the store.


def told(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    """What a command prints; what it says beside that where it fails."""
    assert run(["keys", *arguments]) == status
    captured = capsys.readouterr()
    return captured.out if status == 0 else captured.err


def test_a_key_from_its_making_to_its_end(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    at = ("--config", str(config))
    made = json.loads(
        told(capsys, "create", "new", "--project", "p", "--model", "a/*", "--budget", "5/week",
             "--expires", "2099-01-01", "--json", *at)
    )  # fmt: skip
    assert re.fullmatch(r"dt-[A-Za-z0-9_-]{43}", made["secret"])
    assert made["key"]["models"] == ["a/*"]
    shown = dict(line.split(" = ") for line in told(capsys, "aws", "new", *at).splitlines())
    assert shown == {name: made[name] for name in shown}
    again = json.loads(told(capsys, "rotate", "new", "--overlap", "1h", "--json", *at))
    assert again["secret"] != made["secret"]
    assert len(again["key"]["secrets"]) == 2
    assert json.loads(told(capsys, "show", "new", "--json", *at)) == again["key"]
    assert "new" in told(capsys, "revoke", "new", *at)
    listed = json.loads(told(capsys, "list", "--json", *at))["keys"]
    assert [(key["name"], key["state"]) for key in listed] == [
        ("app", "active"),
        ("new", "revoked"),
    ]
    assert "taken" in told(capsys, "create", "new", "--project", "p", *at, status=2)
    secrets = (made["secret"].encode(), again["secret"].encode())
    for path in config.parent.rglob("*"):
        assert path.is_dir() or not any(secret in path.read_bytes() for secret in secrets)


def test_people_are_told_that_it_is_shown_once(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["keys", "create", "new", "--project", "p", "--config", str(config)]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("name = new\nkey = dt-")
    assert "aws_secret_access_key = " in captured.out
    assert "shown this once" in captured.err
    table = told(capsys, "list", "--project", "p", "--config", str(config))
    assert "new" in table
    assert "no keys" in told(capsys, "list", "--project", "none", "--config", str(config))
    assert "state = active" in told(capsys, "show", "new", "--config", str(config))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("create", "a b", "--project", "p"), "not a key"),
        (("create", "x", "--project", "q"), "no project `q`"),
        (("create", "x", "--project", "p", "--expires", "soon"), "no date"),
        (("create", "x", "--project", "p", "--budget", "1/day@Nowhere"), "unknown time zone"),
        (("show", "none"), "no key `none`"),
        (("revoke", "app"), "stands in the configuration"),
        (("rotate", "app"), "stands in the configuration"),
        (("rotate", "app", "--overlap", "soon"), "`--overlap` is no time"),
        (("rotate", "app", "--overlap", "999d"), "at most `366d`"),
    ],
)
def test_what_cannot_be_done_is_told(
    config: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    assert said in told(capsys, *arguments, "--config", str(config), status=2)
