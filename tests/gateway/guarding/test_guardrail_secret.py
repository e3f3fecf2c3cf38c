"""The secret of guardrails: what is configured, else what chance made once."""

from pathlib import Path

import pytest

from detente.configuration.located import LocatedErrors
from detente.gateway.guarding.guardrail_secret import (
    KEY_NAME,
    SECRET_BYTES,
    guardrail_secret,
    kept_key,
)
from detente.gateway.secret_file import SecretFileUnusable
from detente.guardrails.pseudonyms import project_key
from detente.wiring import Setup, Sources, build

CONFIGURED = '[guardrails]\nsecret = { file = "own.key" }\n'


def setup_of(folder: Path, text: str = "") -> Setup:
    (folder / "state").mkdir(exist_ok=True)
    return build(Sources(path=str(folder / "detente.toml"), main=text.encode(), agreements=()))


def test_chance_makes_one_once(tmp_path: Path) -> None:
    first = guardrail_secret(setup_of(tmp_path))
    assert len(first) == SECRET_BYTES
    assert guardrail_secret(setup_of(tmp_path)) == first
    assert (tmp_path / "state" / KEY_NAME).read_bytes() == first


def test_what_is_configured_counts_and_leaves_no_file(tmp_path: Path) -> None:
    (tmp_path / "own.key").write_text("g" * 32)
    machines = [tmp_path / "a", tmp_path / "b"]
    for folder in machines:
        folder.mkdir()
        (folder / "own.key").write_text("g" * 32 + "\n")
    a, b = (guardrail_secret(setup_of(folder, CONFIGURED)) for folder in machines)
    assert a == b
    assert len(a) == SECRET_BYTES
    assert list((tmp_path / "a" / "state").iterdir()) == []
    (machines[0] / "own.key").write_text("h" * 32)
    assert guardrail_secret(setup_of(machines[0], CONFIGURED)) != b


def test_one_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(LocatedErrors, match=r"own\.key"):
        guardrail_secret(setup_of(tmp_path, CONFIGURED))
    (setup_of(tmp_path).state / KEY_NAME).write_bytes(b"short")
    with pytest.raises(SecretFileUnusable, match="remove it for a new one"):
        guardrail_secret(setup_of(tmp_path))


def test_maps_have_another_key_than_stand_ins() -> None:
    secret = bytes(32)
    made = {secret, kept_key(secret), project_key(secret, ""), project_key(secret, "a")}
    assert len(made) == 4
    assert kept_key(secret) == kept_key(bytes(32)) != kept_key(b"x" * 32)
