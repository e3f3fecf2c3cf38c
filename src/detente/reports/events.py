"""What events clauses wait for, who may declare and verify them, and how each stands.

Pure: entries of the register arrive as values, a new one is returned. An event counts once
somebody declared it and somebody verified it after that, each whom the clause names.

>>> awaited(agreements)["agi"][0].effect
'`a/api` ends'
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from detente.agreements import AgreementSet, Clause
from detente.agreements.clauses.hold import Hold
from detente.agreements.clauses.threshold import Threshold
from detente.agreements.scope import words
from detente.canonical.decision import ClauseId
from detente.canonical.question import Event
from detente.canonical.register import RegisterEntry, events_of
from detente.configuration.located import did_you_mean
from detente.reports.acts import Act, check_name, check_repeated, day, wrong

Deed = Literal["declare", "verify"]


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A clause that waits for an event, what that does to it, and who has to say so.

    None of `declared_by` and `verified_by` is anybody. `counts_from` is since when the event
    has effect for this clause, None where it has none yet.
    """

    clause: ClauseId
    type: str
    effect: str
    declared_by: tuple[str, ...] | None = None
    verified_by: tuple[str, ...] | None = None
    counts_from: datetime | None = None


class EventState(msgspec.Struct, frozen=True, kw_only=True):
    """How an event stands: what was said of it, and what waits for it.

    `configured` are those that the configuration itself records. A `verified` event may still
    count for no clause that asks for other people.
    """

    name: str
    status: Literal["awaited", "declared", "verified"]
    declarations: tuple[RegisterEntry, ...] = ()
    verifications: tuple[RegisterEntry, ...] = ()
    configured: tuple[Event, ...] = ()
    waiting: tuple[Waiting, ...] = ()


def awaited(agreements: AgreementSet) -> dict[str, tuple[Waiting, ...]]:
    """For each event that a clause names, the clauses that name it, in the order of their ids."""
    found: dict[str, list[Waiting]] = {}
    for clause in agreements.clauses:
        for name in words(clause.ends_on):
            found.setdefault(name, []).append(_waits(clause, f"`{clause.id}` ends"))
        if isinstance(clause, Hold):
            effect = f"`{clause.id}` holds {_named(words(clause.follower))} back no longer"
            for name in words(clause.escape):
                found.setdefault(name, []).append(_waits(clause, effect))
        if isinstance(clause, Threshold):
            found.setdefault(clause.event, []).append(_threshold(clause))
    return {
        name: tuple(sorted(found[name], key=lambda w: (w.clause, w.effect)))
        for name in sorted(found)
    }


def states_of_events(
    entries: Sequence[RegisterEntry], agreements: AgreementSet, configured: Sequence[Event] = ()
) -> tuple[EventState, ...]:
    """Every event that a clause waits for, that was declared or that is configured, by name."""
    waiting = awaited(agreements)
    happened = (*configured, *events_of(entries))
    acts = [e for e in entries if e.action in ("event_declared", "event_verified")]
    return tuple(
        _state(name, acts, happened, configured, waiting.get(name, ()))
        for name in sorted({*waiting, *(e.name for e in happened), *(e.name for e in acts)})
    )


def declaration(
    name: str,
    act: Act,
    entries: Sequence[RegisterEntry],
    agreements: AgreementSet,
    *,
    anyway: bool = False,
) -> RegisterEntry | None:
    """The entry by which `act.by` declares the event; None where that is on record already.

    Raises `ClientFault` where no clause waits for it (allowed with `anyway`), or where a
    threshold names others who declare it.
    """
    check_name(name)
    waiting = _waiting_for(name, agreements, anyway=anyway)
    _check_named("declare", name, act.by, waiting)
    for entry in entries:
        if _is(entry, "event_declared", name) and entry.by == act.by:
            check_repeated(entry, act, f"`{act.by}` declared `{name}`")
            return None
    return _entry("event_declared", name, act)


def verification(
    name: str,
    act: Act,
    entries: Sequence[RegisterEntry],
    agreements: AgreementSet,
    *,
    anyway: bool = False,
) -> RegisterEntry | None:
    """The entry by which `act.by` verifies the event; None where nothing new was declared since.

    Raises `ClientFault` where nobody has declared it by then, where no clause waits for it, or
    where a threshold names others who verify it.
    """
    check_name(name)
    waiting = _waiting_for(name, agreements, anyway=anyway)
    _check_named("verify", name, act.by, waiting)
    declared = [entry for entry in entries if _is(entry, "event_declared", name)]
    if not declared:
        raise wrong(f"nobody has declared `{name}`; first `detente events declare {name} --by WHO`")
    earliest = min(entry.at for entry in declared)
    if act.at < earliest:
        raise wrong(
            f"`{name}` was declared on {day(earliest)}, so it cannot have been verified on"
            f" {day(act.at)}; give a later `--at`"
        )
    own = [entry for entry in entries if _is(entry, "event_verified", name) and entry.by == act.by]
    if own and entries.index(own[-1]) > entries.index(declared[-1]):
        check_repeated(own[-1], act, f"`{act.by}` verified `{name}`")
        return None
    return _entry("event_verified", name, act)


def _waits(clause: Clause, effect: str) -> Waiting:
    return Waiting(clause=clause.id, type=clause.type, effect=effect)


def _threshold(clause: Threshold) -> Waiting:
    models = "all models" if clause.affects == "all" else "models released from then on"
    return Waiting(
        clause=clause.id,
        type=clause.type,
        effect=f"`{clause.id}` {clause.effect} {models} to {_named(words(clause.party))}",
        declared_by=words(clause.declared_by) or None,
        verified_by=words(clause.verified_by) or None,
    )


def _state(
    name: str,
    acts: Sequence[RegisterEntry],
    happened: Sequence[Event],
    configured: Sequence[Event],
    waiting: tuple[Waiting, ...],
) -> EventState:
    own = tuple(event for event in happened if event.name == name)
    declarations = tuple(entry for entry in acts if _is(entry, "event_declared", name))
    status = "verified" if own else "declared" if declarations else "awaited"
    return EventState(
        name=name,
        status=status,
        declarations=declarations,
        verifications=tuple(entry for entry in acts if _is(entry, "event_verified", name)),
        configured=tuple(event for event in configured if event.name == name),
        waiting=tuple(
            msgspec.structs.replace(
                waits,
                counts_from=min(
                    (event.occurred_at for event in own if _counts(event, waits)), default=None
                ),
            )
            for waits in waiting
        ),
    )


def _counts(event: Event, waits: Waiting) -> bool:
    """Whether those whom the clause names said it; what is merely supposed always counts."""
    return all(
        by is None or named is None or by in named
        for by, named in (
            (event.declared_by, waits.declared_by),
            (event.verified_by, waits.verified_by),
        )
    )


def _waiting_for(name: str, agreements: AgreementSet, *, anyway: bool) -> tuple[Waiting, ...]:
    known = awaited(agreements)
    if name not in known and not anyway:
        hint = did_you_mean(name, list(known)) if known else "no clause names any event"
        raise wrong(f"no clause waits for `{name}`; {hint} (`--anyway` records it all the same)")
    return known.get(name, ())


def _check_named(deed: Deed, name: str, by: str, waiting: tuple[Waiting, ...]) -> None:
    """Thresholds say who counts; where one of them takes anybody, anybody may."""
    named: set[str] = set()
    for waits in (w for w in waiting if w.type == "threshold"):
        who = waits.declared_by if deed == "declare" else waits.verified_by
        if who is None or by in who:
            return
        named.update(who)
    if named:
        thresholds = tuple(w.clause for w in waiting if w.type == "threshold")
        ask = "asks" if len(thresholds) == 1 else "ask"
        asked = " or ".join(f"`{who}`" for who in sorted(named))
        raise wrong(f"`{by}` does not {deed} `{name}`; {_named(thresholds)} {ask} for {asked}")


def _is(entry: RegisterEntry, action: str, name: str) -> bool:
    return entry.action == action and entry.name == name


def _entry(
    action: Literal["event_declared", "event_verified"], name: str, act: Act
) -> RegisterEntry:
    return RegisterEntry(
        action=action,
        name=name,
        by=act.by,
        at=act.at,
        recorded_at=act.now,
        evidence=act.evidence,
    )


def _named(names: tuple[str, ...]) -> str:
    return " and ".join(f"`{name}`" for name in names)
