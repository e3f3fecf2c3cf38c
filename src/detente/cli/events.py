"""`detente events`: what was declared and verified, by whom, and what waits for it.

Appends to the configuration's register, which only grows. An event has effect once somebody
declared it and somebody verified it after that. Decides nothing: clauses do.

    detente events declare agi --by openai --evidence "board minute 14"
    detente events verify agi --by panel
"""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter
from rich.text import Text

from detente.canonical.register import RegisterEntry
from detente.cli.acts import (
    At,
    By,
    Entries,
    Evidence,
    Mend,
    Recorded,
    act,
    print_register,
    record,
    register_of,
    said,
    tell,
    without_register,
)
from detente.cli.parameters import Json
from detente.reports.acts import day
from detente.reports.events import EventState, declaration, states_of_events, verification
from detente.terminal import console
from detente.wiring import CONFIGURATION_NAME, Setup

Anyway = Annotated[
    bool, Parameter(negative="", help="Record it though no clause waits for that name.")
]
STYLES = {"awaited": "dim", "declared": "yellow", "verified": "green"}

app = App(name="events", help="Declare and verify what clauses wait for, and list it.")


@app.command
def declare(
    name: str,
    /,
    *,
    by: By,
    at: At = None,
    evidence: Evidence = None,
    anyway: Anyway = False,
    mend: Mend = False,
    config: Path = Path(CONFIGURATION_NAME),
    as_json: Json = False,
) -> None:
    """Record that somebody declared an event.

    It has no effect until it is verified as well.

    Parameters
    ----------
    name
        The event, as clauses name it (`ends_on`, `escape`, `event`).
    config
        The configuration: a file, or a folder with `detente.toml`.
    """

    def propose(setup: Setup, entries: Entries, now: datetime) -> RegisterEntry | None:
        done = act(by, at, evidence, now)
        return declaration(name, done, entries, setup.agreements, anyway=anyway)

    done = record(config, propose, mend=mend)
    tell(done, _notes(done, name), as_json=as_json)


@app.command
def verify(
    name: str,
    /,
    *,
    by: By,
    at: At = None,
    evidence: Evidence = None,
    anyway: Anyway = False,
    mend: Mend = False,
    config: Path = Path(CONFIGURATION_NAME),
    as_json: Json = False,
) -> None:
    """Record that somebody verified an event that was declared.

    Clauses that wait for it take effect from then on.

    Parameters
    ----------
    name
        The event, as it was declared.
    config
        The configuration: a file, or a folder with `detente.toml`.
    """

    def propose(setup: Setup, entries: Entries, now: datetime) -> RegisterEntry | None:
        done = act(by, at, evidence, now)
        return verification(name, done, entries, setup.agreements, anyway=anyway)

    done = record(config, propose, mend=mend)
    tell(done, _notes(done, name), as_json=as_json)


@app.command(name="list")
def list_events(*, config: Path = Path(CONFIGURATION_NAME), as_json: Json = False) -> None:
    """List every event that a clause waits for, or that somebody declared.

    Shows who declared and verified it, when it happened and became known, which clauses wait
    for it and what each would do. Checks every line of the register.

    Parameters
    ----------
    config
        The configuration: a file, or a folder with `detente.toml`.
    """
    setup = without_register(config)
    register = register_of(setup)
    states = states_of_events(register.entries, setup.agreements, setup.events)
    if as_json:
        facts = {
            "register": str(register.file),
            "entries": len(register.entries),
            "head": register.head,
            "events": states,
        }
        sys.stdout.write(msgspec.json.encode(facts).decode() + "\n")
        return
    out = console()
    for state in states:
        out.print(_shown(state))
    if not states:
        out.print("no clause waits for an event, and none was declared")
    print_register(register)


def _notes(done: Recorded, name: str) -> tuple[str, ...]:
    """What the event does now, or what it still needs."""
    entries = register_of(done.setup).entries
    states = states_of_events(entries, done.setup.agreements, done.setup.events)
    (state,) = (state for state in states if state.name == name)
    if state.status == "declared":
        named = sorted({who for waits in state.waiting for who in waits.verified_by or ()})
        by = "|".join(named) or "WHO"
        return (f"no effect until it is verified: `detente events verify {name} --by {by}`",)
    return tuple(_effect(state))


def _shown(state: EventState) -> Text:
    text = Text.assemble((state.name, "bold"), "  ", (state.status, STYLES[state.status]))
    for event in state.configured:
        text.append(
            f"\n  in the configuration: on {day(event.occurred_at)},"
            f" recorded on {day(event.recorded_at)}"
        )
    for entry in (*state.declarations, *state.verifications):
        text.append(f"\n  {said(entry)}")
    for line in _effect(state):
        text.append(f"\n  {line}", style="cyan")
    return text


def _effect(state: EventState) -> list[str]:
    """For each clause that waits, what becomes of it, and since when or after whose word."""
    lines: list[str] = []
    for waits in state.waiting:
        if waits.counts_from is not None:
            lines.append(f"from {day(waits.counts_from)}: {waits.effect}")
            continue
        missing = [
            f"{verb} by {' or '.join(f'`{name}`' for name in names)}"
            for verb, names in (("declared", waits.declared_by), ("verified", waits.verified_by))
            if names is not None
        ]
        lines.append(f"once {' and '.join(missing) or 'declared and verified'}: {waits.effect}")
    return lines
