"""Offers of new capacity to the holders of first refusals: who may make and answer them.

Pure: entries of the register arrive as values, a new one is returned. What is offered is open
until its holder answers or, where the clause has a window (`respond_within` and `default =
"refused"`), until that has passed. Without a window it stays open for as long as nobody answers.

>>> states_of_offers(entries, agreements, deployments, now)[0].status
'open'
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from detente.agreements import AgreementSet
from detente.agreements.clauses.first_refusal import FirstRefusal
from detente.agreements.scope import words
from detente.canonical.decision import ClauseId
from detente.canonical.model import Deployment
from detente.canonical.register import RegisterEntry
from detente.configuration.located import did_you_mean
from detente.reports.acts import Act, check_name, check_repeated, day, wrong

Status = Literal["not_opened", "open", "accepted", "refused", "lapsed"]


class OfferState(msgspec.Struct, frozen=True, kw_only=True):
    """How an offer stands at some time.

    `holder` is who answers it, empty where the clause is no longer there; `lapses_at` when
    silence becomes a refusal, None where it never does. `deployments` are those that were built
    under it and wait for it. One that only deployments name is `not_opened`.
    """

    name: str
    status: Status
    opened: RegisterEntry | None = None
    answered: RegisterEntry | None = None
    clause: ClauseId | None = None
    holder: tuple[str, ...] = ()
    lapses_at: datetime | None = None
    deployments: tuple[str, ...] = ()


def states_of_offers(
    entries: Sequence[RegisterEntry],
    agreements: AgreementSet,
    deployments: Sequence[Deployment],
    now: datetime,
) -> tuple[OfferState, ...]:
    """Every offer that was opened, and every one that a deployment names, by name."""
    names = {entry.name for entry in entries if entry.action == "offer_opened"}
    names |= {deployment.offer for deployment in deployments if deployment.offer is not None}
    return tuple(_state(name, entries, agreements, deployments, now) for name in sorted(names))


def opening(
    name: str,
    clause: str,
    act: Act,
    entries: Sequence[RegisterEntry],
    agreements: AgreementSet,
) -> RegisterEntry | None:
    """The entry by which `act.by` makes an offer; None where that is on record already.

    Raises `ClientFault` where the clause is no first refusal of capacity, where its holder
    would offer to itself, where the agreement names its parties and this is none of them, or
    where the name stands for another offer.
    """
    check_name(name)
    refusal = _refusal(clause, agreements)
    if act.by in _answerers(refusal):
        raise wrong(f"`{act.by}` is whom `{clause}` has offered to; give who offers in `--by`")
    _check_offerer(act.by, refusal, agreements)
    opened = _opened(name, entries)
    if opened is None:
        return _entry("offer_opened", name, act, clause=clause)
    if (opened.clause, opened.by) != (clause, act.by):
        raise wrong(
            f"`{name}` is an offer that `{opened.by}` made under `{opened.clause}` on"
            f" {day(opened.at)}; choose another name"
        )
    check_repeated(opened, act, f"`{opened.by}` offered `{name}`")
    return None


def answering(
    name: str,
    answer: Literal["accepted", "refused"],
    act: Act,
    entries: Sequence[RegisterEntry],
    agreements: AgreementSet,
) -> RegisterEntry | None:
    """The entry by which its holder answers an offer; None where that is on record already.

    Raises `ClientFault` where there is no such offer, where it has lapsed or was answered
    otherwise by then, or where somebody else answers.
    """
    opened = _opened(name, entries)
    if opened is None or opened.clause is None:
        known = sorted({e.name for e in entries if e.action == "offer_opened"})
        hint = did_you_mean(name, known) if known else "first `detente offers open`"
        raise wrong(f"no offer `{name}` was made; {hint}")
    refusal = _refusal(opened.clause, agreements)
    _check_answerer(act.by, opened, refusal, agreements)
    answered = _answered(name, entries)
    if answered is not None:
        if answered.answer != answer:
            raise wrong(
                f"`{answered.by}` {answered.answer} `{name}` on {day(answered.at)}; what has"
                " changed since then is a new offer"
            )
        check_repeated(answered, act, f"`{answered.by}` {answer} `{name}`")
        return None
    if act.at < opened.at:
        raise wrong(f"`{name}` was offered on {day(opened.at)}; give a later `--at`")
    lapses_at = _lapses_at(refusal, opened)
    if lapses_at is not None and act.at >= lapses_at:
        raise wrong(
            f"`{name}` lapsed on {day(lapses_at)}, {refusal.respond_within} after it was made;"
            " give the `--at` of an answer before that, or make a new offer"
        )
    return _entry("offer_answered", name, act, answer=answer)


def window_of(clause: FirstRefusal) -> timedelta | None:
    """After how much silence an offer under `clause` has lapsed; None where it never does."""
    return None if clause.wait_ms is None else timedelta(milliseconds=clause.wait_ms)


def refusals_of_capacity(agreements: AgreementSet) -> tuple[FirstRefusal, ...]:
    """The clauses under which capacity has to be offered."""
    return tuple(
        clause
        for clause in agreements.clauses
        if isinstance(clause, FirstRefusal) and clause.subject == "capacity"
    )


def _state(
    name: str,
    entries: Sequence[RegisterEntry],
    agreements: AgreementSet,
    deployments: Sequence[Deployment],
    now: datetime,
) -> OfferState:
    waiting = tuple(sorted(d.id for d in deployments if d.offer == name))
    opened = _opened(name, entries)
    if opened is None:
        return OfferState(name=name, status="not_opened", deployments=waiting)
    clauses = {clause.id: clause for clause in refusals_of_capacity(agreements)}
    refusal = clauses.get(opened.clause or "")
    answered = _answered(name, entries)
    lapses_at = None if refusal is None else _lapses_at(refusal, opened)
    status: Status = "open"
    if answered is not None and answered.answer is not None:
        status = answered.answer
    elif lapses_at is not None and lapses_at <= now:
        status = "lapsed"
    return OfferState(
        name=name,
        status=status,
        opened=opened,
        answered=answered,
        clause=opened.clause,
        holder=() if refusal is None else words(refusal.holder),
        lapses_at=lapses_at,
        deployments=waiting,
    )


def _refusal(id_: str, agreements: AgreementSet) -> FirstRefusal:
    clauses = {clause.id: clause for clause in refusals_of_capacity(agreements)}
    if id_ in clauses:
        return clauses[id_]
    if not clauses:
        hint = 'no clause of type `first_refusal` has `subject = "capacity"`'
    else:
        hint = did_you_mean(id_, list(clauses))
    other = agreements.clause(id_)
    if other is None:
        raise wrong(f"unknown clause `{id_}`; {hint}")
    said = (
        "asks for each request" if isinstance(other, FirstRefusal) else f"is of type `{other.type}`"
    )
    raise wrong(f"`{id_}` {said}, so nothing is offered under it; {hint}")


def _answerers(clause: FirstRefusal) -> set[str]:
    """The holder, as the clause writes it and by its bare name."""
    return {name for word in words(clause.holder) for name in (word, word.rpartition(":")[2])}


def _check_offerer(by: str, clause: FirstRefusal, agreements: AgreementSet) -> None:
    """Only who is bound by the agreement offers under it: a misspelt name would stand for good."""
    agreement = agreements.agreement(clause.agreement)
    parties = [p for p in (agreement.parties if agreement else ()) if p not in _answerers(clause)]
    if parties and by not in parties:
        hint = did_you_mean(by, parties)
        raise wrong(f"`{by}` is no party to `{clause.agreement}` who could offer; {hint}")


def _check_answerer(
    by: str, opened: RegisterEntry, clause: FirstRefusal, agreements: AgreementSet
) -> None:
    """The holder answers, or a party to the agreement other than the one who offers.

    A holder may be a place (`provider:azure-eu`) for which one of the parties speaks.
    """
    agreement = agreements.agreement(clause.agreement)
    parties = set(agreement.parties if agreement is not None else ()) - {opened.by}
    if by not in _answerers(clause) | parties:
        named = " or ".join(f"`{word}`" for word in words(clause.holder))
        others = sorted(parties - _answerers(clause))
        speaks = f", or for it {' or '.join(f'`{party}`' for party in others)}" if others else ""
        raise wrong(f"`{by}` does not answer `{opened.name}`; {named} does{speaks}")


def _lapses_at(clause: FirstRefusal, opened: RegisterEntry) -> datetime | None:
    window = window_of(clause)
    if window is None:
        return None
    try:
        return opened.at + window
    except OverflowError:  # `999999999d`: it never lapses, and has a date all the same
        return datetime.max.replace(tzinfo=UTC)


def _opened(name: str, entries: Sequence[RegisterEntry]) -> RegisterEntry | None:
    return next((e for e in entries if e.action == "offer_opened" and e.name == name), None)


def _answered(name: str, entries: Sequence[RegisterEntry]) -> RegisterEntry | None:
    return next((e for e in entries if e.action == "offer_answered" and e.name == name), None)


def _entry(
    action: Literal["offer_opened", "offer_answered"],
    name: str,
    act: Act,
    *,
    clause: str | None = None,
    answer: Literal["accepted", "refused"] | None = None,
) -> RegisterEntry:
    return RegisterEntry(
        action=action,
        name=name,
        by=act.by,
        at=act.at,
        recorded_at=act.now,
        clause=clause,
        answer=answer,
        evidence=act.evidence,
    )
