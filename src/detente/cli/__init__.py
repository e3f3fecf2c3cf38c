"""The command line: what commands there are, and what their endings mean.

One file a command. A command is a plain annotated function (or a `cyclopts.App` where it has
subcommands) that prints its answer; it is imported when it is called, so that no command pays
for another. A command ends normally, or raises `SystemExit` with 1 where the answer is bad
news, or lets `LocatedErrors` and `Fault` pass: they are printed here.

>>> run(["serv"])
detente: unknown command `serv`; did you mean `serve`?
2
"""

import os
import re
import sys
from collections.abc import Collection, Sequence
from typing import Final

import msgspec
from cyclopts import App, CycloptsError, Parameter
from cyclopts.exceptions import UnusedCliTokensError

from detente import __version__
from detente.canonical.failure import Fault
from detente.configuration.located import LocatedErrors, did_you_mean

DONE: Final = 0
BAD_NEWS: Final = 1
WRONG_USAGE: Final = 2
INTERRUPTED: Final = 130
"""What a shell reports of a program that Ctrl-C ended."""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """One command: its name, where its function stands (`module:attribute`), one line of help."""

    name: str
    target: str
    help: str


COMMANDS: Final[tuple[Command, ...]] = (
    Command(
        name="demo",
        target="detente.cli.demo:demo",
        help="Show the agreements at work: simulated providers, real clients, six dates.",
    ),
    Command(
        name="serve",
        target="detente.cli.serve:serve",
        help="Run the gateway.",
    ),
    Command(
        name="reload",
        target="detente.cli.reload:reload",
        help="Have a running gateway read its configuration again.",
    ),
    Command(
        name="check",
        target="detente.cli.check:check",
        help="Find contradictions and gaps in a configuration and its agreements.",
    ),
    Command(
        name="route",
        target="detente.cli.route:route",
        help="Ask the agreements where a model may be reached, and why.",
    ),
    Command(
        name="timeline",
        target="detente.cli.timeline:show",
        help="Draw who could carry which model when.",
    ),
    Command(
        name="events",
        target="detente.cli.events:app",
        help="Declare and verify what clauses wait for, and list it.",
    ),
    Command(
        name="offers",
        target="detente.cli.offers:app",
        help="Offer capacity to who has the first refusal, answer, and list.",
    ),
    Command(
        name="providers",
        target="detente.cli.providers:app",
        help="List the configured providers, and test that they work.",
    ),
    Command(
        name="translate",
        target="detente.cli.translate:translate",
        help="Translate a body into another dialect, and name what is lost.",
    ),
    Command(
        name="screen",
        target="detente.cli.screen:screen",
        help="Say what the policies find in a text, and what becomes of it at each deployment.",
    ),
    Command(
        name="ledger",
        target="detente.cli.ledger:app",
        help="Read the ledger: what was asked, who answered, what it cost.",
    ),
    Command(
        name="store",
        target="detente.cli.store:app",
        help="Show where ledger, keys and limits live; migrate a shared store.",
    ),
    Command(
        name="drill",
        target="detente.cli.drill:drill",
        help="Show what still runs without a provider, a host or a publisher.",
    ),
    Command(
        name="whatif",
        target="detente.cli.whatif:whatif",
        help="Replay recorded traffic under other terms: where it would have gone, for how much.",
    ),
    Command(
        name="report",
        target="detente.cli.report:app",
        help="Report on commitments, revenue shares, covenants, terms, concentration, guardrails.",
    ),
    Command(
        name="keys",
        target="detente.cli.keys:app",
        help="Make, list, rotate and revoke virtual keys.",
    ),
    Command(
        name="projects",
        target="detente.cli.projects:app",
        help="Make, list, change and remove projects.",
    ),
    Command(
        name="budgets",
        target="detente.cli.budgets:budgets",
        help="Show what is spent, held and left of budgets and limits.",
    ),
    Command(
        name="held",
        target="detente.cli.held:app",
        help="List what waits for an operator's word; release or refuse it.",
    ),
    Command(
        name="simulate",
        target="detente.cli.simulate:simulate",
        help="Run simulated providers that speak the real wire protocols.",
    ),
    Command(
        name="models",
        target="detente.cli.models:models",
        help="List the models that are known, with ids, limits and today's list prices.",
    ),
    Command(
        name="import",
        target="detente.cli.import_:app",
        help="Take over prices and configurations from elsewhere.",
    ),
    Command(
        name="schema",
        target="detente.cli.schema:schema",
        help="Print the JSON Schema of `detente.toml`.",
    ),
    Command(
        name="completion",
        target="detente.cli.completion:completion",
        help="Print the completion script of a shell.",
    ),
)
"""Every command, in the order in which a newcomer meets them. A new one is one line here."""


def build_app(*, in_full: Collection[str] = ()) -> App:
    """The whole command line; no command's module is imported yet.

    Help shows a command's line of the registry, but for those `in_full` their whole docstring.
    """
    app = App(
        name="detente",
        help="Every AI model, on every cloud that hosts it, under your agreements.",
        version=__version__,
        version_flags=["--version", "-V"],
        default_parameter=Parameter(show_default=_default),
        result_action="return_value",
        suppress_keyboard_interrupt=False,
    )
    for place, command in enumerate(COMMANDS):
        line = None if command.name in in_full else command.help
        app.command(command.target, name=command.name, help=line, sort_key=place)
    return app


def _default(value: object) -> str | None:
    """A default as help shows it; that nothing is the default needs no words."""
    return None if value is None or value is False or value == () else str(value)


def run(arguments: Sequence[str]) -> int:
    """Runs one command line; returns the exit status.

    0 done (warnings included), 1 the answer is bad news, 2 wrong usage or unreadable input.
    """
    names = [command.name for command in COMMANDS]
    if arguments and not arguments[0].startswith("-") and arguments[0] not in names:
        word = arguments[0]
        return _fail(f"unknown command `{word}`; {did_you_mean(word, names)}")
    try:
        build_app(in_full=arguments[:1])(arguments, print_error=False, exit_on_error=False)
        sys.stdout.flush()
    except CycloptsError as error:
        return _fail(_sentence(error))
    except LocatedErrors as found:
        for error in found.errors:
            sys.stderr.write(f"{error}\n")
        return WRONG_USAGE
    except Fault as fault:
        return _fail(str(fault), WRONG_USAGE if fault.blame == "client" else BAD_NEWS)
    except BrokenPipeError:
        # The reader (`head`, a pager) has seen enough: that is no error of anybody's. What
        # the interpreter still flushes at its end goes nowhere instead of raising again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return INTERRUPTED
    return DONE


def _fail(message: str, status: int = WRONG_USAGE) -> int:
    sys.stderr.write(f"detente: {message}\n")
    return status


def _sentence(error: CycloptsError) -> str:
    """The library's message in our form: one lowercase sentence, backticks, then the cure."""
    command = " ".join(["detente", *(error.command_chain or ())])
    if isinstance(error, UnusedCliTokensError) and error.unused_tokens:
        text = f"unexpected argument `{error.unused_tokens[0]}`"
    else:
        text = re.sub(r"\s+", " ", str(error)).strip().rstrip(".?")
        text = re.sub(r'"([^"]*)"', r"`\1`", text)
        text = re.sub(r"(?<![`\w-])(--?[a-z][\w-]*)(?!`)", r"`\1`", text)
        text = text[:1].lower() + text[1:].replace(". ", "; ")
        text = re.sub(r"; ([A-Z])", lambda found: f"; {found[1].lower()}", text)
    return f"{text}; see `{command} --help`"
