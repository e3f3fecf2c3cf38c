"""The command line: its registry, and the three endings of every command."""

import subprocess
import sys
from collections.abc import Callable, Collection
from keyword import iskeyword

import pytest
from cyclopts import App

from detente import cli
from detente.canonical.failure import AgreementRefusal, ClientFault, Fault
from detente.cli import COMMANDS, build_app, run
from detente.configuration.located import LocatedError, LocatedErrors


def test_importing_the_command_line_imports_no_command() -> None:
    script = (
        "import sys; from detente.cli import build_app; build_app()\n"
        "print([m for m in sys.modules if m.startswith(('detente.cli.', 'detente.gateway'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "status", "error"),
    [
        (["--help"], 0, ""),
        (["completion", "bash"], 0, ""),
        (["demo", "--help"], 0, ""),
        (["demo"], 2, "detente: the demo asks through the official `openai` client; install "),
    ],
)
def test_without_the_demo_s_packages_only_the_demo_is_missing(
    arguments: list[str], status: int, error: str
) -> None:
    script = (
        "import sys; sys.modules |= dict.fromkeys(('openai', 'anthropic', 'xllamacpp'))\n"
        "from detente.cli import run; sys.exit(run(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", script, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == status
    assert done.stderr.startswith(error)
    assert done.stderr.count("\n") == (1 if error else 0)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_has_help(command: cli.Command, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command.name, "--help"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert f"detente {command.name}" in shown
    # The registry's line is the first of the command's own words.
    assert command.help.replace("`", "") in shown
    assert command.help.endswith(".")


def test_help_without_arguments_lists_the_commands_in_order(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run([]) == 0
    shown = capsys.readouterr().out
    places = [shown.index(f"\n│ {command.name} ") for command in COMMANDS]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["serv"], "unknown command `serv`; did you mean `serve`?"),
        (["keys", "hsah"], "unknown command `hsah`; did you mean `hash`"),
        (["keys", "hash", "--nwe"], "unknown option: `--nwe`; did you mean `--new`"),
        (["schema", "extra"], "unexpected argument `extra`; see `detente schema --help`"),
        (["completion", "tcsh"], "invalid value `tcsh` for SHELL; choose from: `bash`, "),
        (["completion"], "command `completion` parameter SHELL requires an argument"),
    ],
)
def test_wrong_usage_is_one_sentence_with_the_cure(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith(f"detente: {sentence}")
    assert shown.err.count("\n") == 1
    assert shown.out == ""


def app_that_raises(error: BaseException) -> App:
    app = App(name="detente", suppress_keyboard_interrupt=False)

    def command() -> None:
        raise error

    app.command(command, name="schema")
    return app


def building(error: BaseException) -> Callable[..., App]:
    def build(in_full: Collection[str]) -> App:
        assert list(in_full) == ["schema"]
        return app_that_raises(error)

    return build


@pytest.mark.parametrize(
    ("error", "status", "shown"),
    [
        (
            LocatedErrors([LocatedError("b", 2, "worse"), LocatedError("a", 1, "bad")]),
            2,
            "a:1: bad\nb:2: worse\n",
        ),
        (ClientFault("model_unknown", "unknown model `x`"), 2, "detente: unknown model `x`\n"),
        (AgreementRefusal("agreement_denied", "no"), 1, "detente: no\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_what_a_command_raises_becomes_its_status(
    error: Fault | LocatedErrors,
    status: int,
    shown: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cli, "build_app", building(error))
    assert run(["schema"]) == status
    assert capsys.readouterr().err == shown


def test_a_command_s_own_status_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "build_app", building(SystemExit(1)))
    with pytest.raises(SystemExit) as end:
        run(["schema"])
    assert end.value.code == 1


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    shell = f"{sys.executable} -m detente schema | head -c 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", shell], capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "{", "")


def test_every_command_s_target_is_its_own_module() -> None:
    build_app()
    for command in COMMANDS:
        module, _, attribute = command.target.partition(":")
        suffix = "_" if iskeyword(command.name) else ""
        assert module == f"detente.cli.{command.name}{suffix}"
        assert attribute
