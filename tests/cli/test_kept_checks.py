"""What cannot be remembered, and what machines do not share, is told at its line."""

from pathlib import Path

import pytest

from detente.cli import kept_checks as module
from detente.cli.kept_checks import kept_checks
from detente.wiring import Sources, build

STORE = '[store]\nurl = "postgresql://a@127.0.0.1/b"\n'
SHARED = '[guardrails]\nsecret = { env = "NAME" }\n'
FOLDER = 'kept_folder = "/mnt/kept"\n'
POLICY = "[guardrails.policies.house]\n"
REMEMBER = 'on_kept_history = "remember"\n'
STAND_INS = '[[guardrails.policies.house.data]]\ninput = "pseudonymise"\n'
MASKS = '[[guardrails.policies.house.data]]\ninput = "mask"\n'


def found(folder: Path, text: str) -> list[tuple[str, str, tuple[str | int, ...]]]:
    setup = build(Sources(path=str(folder / "detente.toml"), main=text.encode(), agreements=()))
    return [(one.code, one.severity, one.configured) for one in kept_checks(setup)]


HOUSE = ("guardrails", "policies", "house")
HISTORY = (*HOUSE, "on_kept_history")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (POLICY + REMEMBER + STAND_INS, []),
        (STORE, []),
        (STORE + POLICY + REMEMBER + MASKS, []),
        (STORE + POLICY + STAND_INS, [("E28", "warning", HOUSE)]),
        (
            STORE + POLICY + REMEMBER + STAND_INS,
            [("E28", "warning", HOUSE), ("E28", "warning", HISTORY)],
        ),
        (STORE + SHARED + POLICY + STAND_INS, []),
        (STORE + SHARED + POLICY + REMEMBER + STAND_INS, [("E28", "warning", HISTORY)]),
        (STORE + SHARED + FOLDER + POLICY + REMEMBER + STAND_INS, []),
    ],
)
def test_what_machines_do_not_share(
    tmp_path: Path, text: str, expected: list[tuple[str, str, tuple[str | int, ...]]]
) -> None:
    assert found(tmp_path, text) == expected


def test_what_nothing_here_can_seal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "can_seal", lambda: False)
    assert found(tmp_path, POLICY + STAND_INS) == []
    assert found(tmp_path, POLICY + REMEMBER + MASKS) == [("E27", "error", HISTORY)]
