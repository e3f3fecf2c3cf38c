"""`detente projects`, where no gateway runs."""

import json
from pathlib import Path

import pytest

from detente.cli import run


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "detente.toml"
    path.write_text('[server]\nadmin_listen = "127.0.0.1:1"\n[projects.fixed]\n')
    return path


def told(capsys: pytest.CaptureFixture[str], config: Path, *arguments: str, status: int = 0) -> str:
    assert run(["projects", *arguments, "--config", str(config)]) == status
    captured = capsys.readouterr()
    return captured.out if status == 0 else captured.err


def test_a_project_from_its_making_to_its_end(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = told(capsys, config, "create", "shop", "--label", "data=internal", "--budget", "9/year")
    assert "labels = data=internal\n" in said
    assert "budgets = 9/year\n" in said
    assert "9/year" in told(capsys, config, "list")
    told(capsys, config, "set", "shop", "--model", "a/*")
    shown = json.loads(told(capsys, config, "show", "shop", "--json"))
    assert (shown["models"], shown["labels"], shown["budgets"]) == (["a/*"], {}, [])
    listed = json.loads(told(capsys, config, "list", "--json"))["projects"]
    assert [(p["name"], p["source"]) for p in listed] == [
        ("fixed", "configuration"),
        ("shop", "store"),
    ]
    assert "is removed" in told(capsys, config, "remove", "shop")
    assert "no project `shop`" in told(capsys, config, "show", "shop", status=2)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("create", "a b"), "is no name"),
        (("create", "fixed"), "is there"),
        (("set", "fixed"), "stands in the configuration"),
        (("remove", "fixed"), "stands in the configuration"),
        (("create", "x", "--limit", "tokens=1"), "unknown limit"),
    ],
)
def test_what_cannot_be_done_is_told(
    config: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    assert said in told(capsys, config, *arguments, status=2)


def test_without_any_the_next_step_is_told(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text('[server]\nadmin_listen = "127.0.0.1:1"\n')
    assert "detente projects create" in told(capsys, config, "list")
