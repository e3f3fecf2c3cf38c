"""`detente offers`: new capacity, offered to the holder of a first refusal, and the answers.

Appends to the configuration's register, which only grows. Deployments that name an offer wait
until it was refused or has lapsed. Decides nothing: clauses do.

    detente offers open abilene-2 --clause compute/first-refusal --by openai
    detente offers answer abilene-2 refused --by microsoft
"""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

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
from detente.reports.offers import OfferState, answering, opening, states_of_offers
from detente.terminal import console
from detente.wiring import CONFIGURATION_NAME, Setup

STYLES = {
    "not_opened": "red",
    "open": "yellow",
    "accepted": "magenta",
    "refused": "green",
    "lapsed": "green",
}

app = App(name="offers", help="Offer capacity to who has the first refusal, answer, and list.")


@app.command(name="open")
def open_offer(
    name: str,
    /,
    *,
    clause: Annotated[str, Parameter(help="The first refusal, `agreement/clause`.")],
    by: By,
    at: At = None,
    evidence: Evidence = None,
    mend: Mend = False,
    config: Path = Path(CONFIGURATION_NAME),
    as_json: Json = False,
) -> None:
    """Record that new capacity was offered to the holder of a first refusal.

    Parameters
    ----------
    name
        The offer's name, which deployments that are built under it carry (`offer`).
    config
        The configuration: a file, or a folder with `detente.toml`.
    """

    def propose(setup: Setup, entries: Entries, now: datetime) -> RegisterEntry | None:
        done = act(by, at, evidence, now)
        return opening(name, clause, done, entries, setup.agreements)

    done = record(config, propose, mend=mend)
    tell(done, _notes(done, name), as_json=as_json)


@app.command
def answer(
    name: str,
    answer_: Annotated[Literal["accepted", "refused"], Parameter(name="ANSWER")],
    /,
    *,
    by: By,
    at: At = None,
    evidence: Evidence = None,
    mend: Mend = False,
    config: Path = Path(CONFIGURATION_NAME),
    as_json: Json = False,
) -> None:
    """Record what the holder answered to an offer.

    Parameters
    ----------
    name
        The offer.
    answer_
        What the holder said.
    config
        The configuration: a file, or a folder with `detente.toml`.
    """

    def propose(setup: Setup, entries: Entries, now: datetime) -> RegisterEntry | None:
        done = act(by, at, evidence, now)
        return answering(name, answer_, done, entries, setup.agreements)

    done = record(config, propose, mend=mend)
    tell(done, _notes(done, name), as_json=as_json)


@app.command(name="list")
def list_offers(*, config: Path = Path(CONFIGURATION_NAME), as_json: Json = False) -> None:
    """List every offer: open (and until when), accepted, refused, lapsed, or not yet made.

    Shows which deployments wait for it. Checks every line of the register.

    Parameters
    ----------
    config
        The configuration: a file, or a folder with `detente.toml`.
    """
    setup = without_register(config)
    register = register_of(setup)
    states = states_of_offers(
        register.entries, setup.agreements, setup.world.deployments, datetime.now(UTC)
    )
    if as_json:
        facts = {
            "register": str(register.file),
            "entries": len(register.entries),
            "head": register.head,
            "offers": states,
        }
        sys.stdout.write(msgspec.json.encode(facts).decode() + "\n")
        return
    out = console()
    for state in states:
        out.print(_shown(state))
    if not states:
        out.print("nothing was offered, and no deployment names an offer")
    print_register(register)


def _notes(done: Recorded, name: str) -> tuple[str, ...]:
    """How the offer stands now, and who waits for it."""
    entries = register_of(done.setup).entries
    now = datetime.now(UTC)
    states = states_of_offers(entries, done.setup.agreements, done.setup.world.deployments, now)
    (state,) = (state for state in states if state.name == name)
    return (f"`{name}` is {_status(state)}", _waiting(state))


def _shown(state: OfferState) -> Text:
    text = Text.assemble((state.name, "bold"), "  ", (_status(state), STYLES[state.status]))
    for entry in (state.opened, state.answered):
        if entry is not None:
            under = f" under `{entry.clause}`" if entry.clause is not None else ""
            text.append(f"\n  {said(entry)}{under}")
    text.append(f"\n  {_waiting(state)}", style="cyan")
    return text


def _status(state: OfferState) -> str:
    holder = " or ".join(f"`{name}`" for name in state.holder) or "its holder"
    lapses_at = state.lapses_at
    match state.status:
        case "not_opened":
            return "not made yet; `detente offers open` records that it was"
        case "open":
            if lapses_at is None:
                return f"open until {holder} answers; it has no window after which it lapses"
            return f"open until {holder} answers, or until it lapses on {day(lapses_at)}"
        case "lapsed":
            assert lapses_at is not None  # what lapses has a window
            return f"lapsed on {day(lapses_at)}, without an answer from {holder}"
        case "accepted" | "refused":
            return state.status


def _waiting(state: OfferState) -> str:
    if not state.deployments:
        return "no deployment names it; one that is built under it carries `offer`"
    names = ", ".join(f"`{name}`" for name in state.deployments)
    match state.status:
        case "refused" | "lapsed":
            return f"no longer in the way of {names}"
        case "accepted":
            return f"{names} stays closed to it: the capacity is the holder's"
        case "open" | "not_opened":
            return f"{names} waits for it"
