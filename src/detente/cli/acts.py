"""Recording what somebody did, and telling what came of it: shared by `events` and `offers`.

Appends one entry to the register of a configuration and has its running gateway read it.
What may be recorded is decided elsewhere (`detente.reports`).

>>> record(config, propose, mend=False).line
3
"""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import msgspec
from cyclopts import Parameter

from detente.canonical.register import RegisterEntry
from detente.cli import BAD_NEWS
from detente.cli.facts import moment_of
from detente.cli.running import InForce, put_in_force
from detente.ledger.register import head_of, read_register
from detente.ledger.store.register import append, read_bytes
from detente.reports.acts import Act, act_of, day
from detente.terminal import console
from detente.wiring import Setup, build, read_sources

By = Annotated[str, Parameter(help="Who did it, as the clauses name them.")]
At = Annotated[str | None, Parameter(help="When it happened, in UTC; now if left out.")]
Evidence = Annotated[
    str | None, Parameter(help="Where the proof is: a document, a message id, an address.")
]
Mend = Annotated[
    bool,
    Parameter(negative="", help="Set a last line aside that a crash cut off, and go on."),
]

Entries = tuple[RegisterEntry, ...]
VERBS: Final = {
    "event_declared": "declared",
    "event_verified": "verified",
    "offer_opened": "offered",
}


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a command: `entry` is None where it was on record already, as `line`."""

    setup: Setup
    entry: RegisterEntry | None
    line: int
    mended: Path | None
    in_force: InForce


class Register(msgspec.Struct, frozen=True, kw_only=True):
    """A register that was read: every line follows from the one before; `head` is the last's."""

    file: Path
    entries: Entries
    head: str


def record(
    config: Path,
    propose: Callable[[Setup, Entries, datetime], RegisterEntry | None],
    *,
    mend: bool,
) -> Recorded:
    """Appends what `propose` makes of the configuration, what is on record, and the time.

    Raises `LocatedErrors` and `Fault`; nothing is recorded then.
    """
    setup = without_register(config)
    done = append(
        setup.register,
        lambda entries: propose(setup, entries, datetime.now(UTC)),
        mend=mend,
    )
    return Recorded(
        setup=setup,
        entry=done.entry,
        line=done.line,
        mended=done.mended,
        in_force=put_in_force(setup),
    )


def without_register(config: Path) -> Setup:
    """The configuration by itself: its register is read when it is locked, or may be broken."""
    return build(msgspec.structs.replace(read_sources(config), register=b""))


def register_of(setup: Setup) -> Register:
    """The configuration's register, every hash of it checked; raises `LocatedErrors`."""
    data = read_bytes(setup.register)
    entries = read_register(data, str(setup.register))
    return Register(file=setup.register, entries=entries, head=head_of(data))


def act(by: str, at: str | None, evidence: str | None, now: datetime) -> Act:
    """The act that the options of a command speak of; raises `ClientFault`."""
    happened = moment_of(at, "--at") if at is not None else None
    return act_of(by, now=now, at=happened, evidence=evidence)


def tell(done: Recorded, notes: tuple[str, ...], *, as_json: bool) -> None:
    """Prints what came of a command; ends with 1 where a running gateway did not take it."""
    if as_json:
        facts = {
            "recorded": done.entry is not None,
            "entry": done.entry,
            "line": done.line,
            "register": str(done.setup.register),
            "mended": None if done.mended is None else str(done.mended),
            "running": done.in_force.running,
            "in_force": done.in_force.now,
            "errors": done.in_force.errors,
            "notes": notes,
        }
        sys.stdout.write(msgspec.json.encode(facts).decode() + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in (*_sentences(done), *notes)))
        sys.stdout.write(f"{_force(done.in_force)}\n")
    if done.in_force.errors:
        raise SystemExit(BAD_NEWS)


def said(entry: RegisterEntry) -> str:
    """Who did what when, when it became known, and the evidence."""
    verb = entry.answer or VERBS.get(entry.action, entry.action)
    text = f"{verb} by `{entry.by}` on {day(entry.at)}"
    if entry.recorded_at != entry.at:
        text += f", recorded on {day(entry.recorded_at)}"
    return text + (f", evidence: {entry.evidence}" if entry.evidence is not None else "")


def print_register(register: Register) -> None:
    """The line under a list: the chain was checked, and what identifies it."""
    count = len(register.entries)
    what = f"{count} {'entry' if count == 1 else 'entries'}, chain intact,"
    console().print(
        f"{register.file}: {what} last hash {register.head[:16]}…"
        if count
        else f"{register.file}: nothing is on record",
        style="dim",
        markup=False,
        soft_wrap=True,
    )


def _sentences(done: Recorded) -> tuple[str, ...]:
    mended = (f"what a crash had cut off is in {done.mended}",) if done.mended is not None else ()
    if done.entry is None:
        return (*mended, "nothing new: that is on record already")
    where = f"entry {done.line} of {done.setup.register}"
    return (*mended, f"recorded: `{done.entry.name}` {said(done.entry)} ({where})")


def _force(in_force: InForce) -> str:
    if not in_force.running:
        return "no gateway of this configuration is running; in force from its next start"
    if in_force.errors:
        errors = "\n".join(in_force.errors)
        return f"the running gateway keeps what was in force; mend this and reload:\n{errors}"
    return "in force now: the running gateway has read it"
