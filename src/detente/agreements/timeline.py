"""Who could carry which model when: the whole course of time as spans that nothing turns within.

Asks for one deployment at a time, from one boundary to the next, until the end of the window.
Decides nothing itself, and draws nothing: the pictures are `detente timeline`'s.

>>> [(span.from_, span.state) for span in timeline(view, decide).tracks[0].spans]
[(datetime(2023, 3, 1), 'held'), (datetime(2023, 3, 21), 'enrolled'), ...]
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final, Literal

import msgspec

from detente.agreements.agreement import AgreementSet
from detente.agreements.clause import Clause
from detente.agreements.clauses.grant import ENROLLED, Grant
from detente.agreements.life import Life, Turn, lives
from detente.agreements.moment import earliest, latest
from detente.canonical.decision import Decision, Verdict
from detente.canonical.model import Deployment, Interface, Model
from detente.canonical.question import Event, Labels, Offer, Question, labels_of
from detente.canonical.world import World

State = Literal[
    "unreleased", "open", "enrolled", "waiting", "held", "closed", "absent", "unknown", "conflict"
]
"""What a caller would find: the model `unreleased`, `open` to all, open to the `enrolled` only,
`waiting` for a holder's first refusal, `held` back behind a leader, `closed` by another
prohibition, `absent` for want of a grant or listing, `unknown` for want of a fact, in `conflict`.
"""

Decide = Callable[[Question], Decision]

SPANS_MAX: Final = 10_000
"""Spans of one deployment: more boundaries than any reader could look at."""


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked at: which part of the world, since when, until when, as known when."""

    world: World
    agreements: AgreementSet
    since: datetime
    until: datetime
    known_at: datetime
    models: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    interface: Interface | None = None
    project: str | None = None
    labels: Labels = ()
    events: tuple[Event, ...] = ()
    offers: tuple[Offer, ...] = ()


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """`from_ ≤ t < until` within the window: one state for one reason.

    `clauses` determine it, `because` says why in one sentence.
    """

    from_: datetime = msgspec.field(name="from")
    until: datetime
    state: State
    clauses: tuple[str, ...] = ()
    because: str = ""


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """One deployment of one model, for one interface, through the window."""

    model: str
    deployment: str
    interface: Interface
    host: str
    spans: tuple[Span, ...]


class Regime(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement while it was in force; a bound is None where it lies outside all dates.

    `from_until` and `until_from` differ from the bounds where a date is only known as a range:
    between them it is open whether the agreement is in force.
    """

    agreement: str
    title: str
    from_: datetime | None = msgspec.field(name="from", default=None)
    until: datetime | None = None
    from_latest: datetime | None = None
    until_earliest: datetime | None = None
    quote: str | None = None
    source: str | None = None


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened at one instant: an event, an offer, a model's release."""

    at: datetime
    kind: Literal["event", "offer", "release"]
    name: str


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """The whole picture, ready to be drawn."""

    since: datetime
    until: datetime
    tracks: tuple[Track, ...]
    regimes: tuple[Regime, ...]
    marks: tuple[Mark, ...]


def timeline(view: View, decide: Decide) -> Timeline:
    """Everything in the window; `decide` answers by the view's world and agreements."""
    models = [m for m in view.world.models if not view.models or m.name in view.models]
    decide = _remembered(decide)
    return Timeline(
        since=view.since,
        until=view.until,
        tracks=tuple(track for model in models for track in _tracks(view, model, decide)),
        regimes=tuple(_regimes(view)),
        marks=tuple(sorted(_marks(view, models), key=lambda mark: (mark.at, mark.name))),
    )


def within(found: Timeline, since: datetime, until: datetime) -> Timeline:
    """The part of a timeline between two instants that lie in it; asks nothing anew."""
    tracks = [
        msgspec.structs.replace(
            track,
            spans=tuple(
                msgspec.structs.replace(
                    span, from_=max(span.from_, since), until=min(span.until, until)
                )
                for span in track.spans
                if span.from_ < until and span.until > since
            ),
        )
        for track in found.tracks
    ]
    regimes = tuple(
        regime
        for regime in found.regimes
        if (regime.from_ is None or regime.from_ < until)
        and (regime.until is None or regime.until > since)
    )
    return msgspec.structs.replace(
        found, since=since, until=until, tracks=tuple(tracks), regimes=regimes
    )


def _remembered(decide: Decide) -> Decide:
    """Every question asked once: the tracks of a model turn at the same instants."""
    answers: dict[tuple[str, datetime, Interface, Labels], Decision] = {}

    def answer(question: Question) -> Decision:
        key = (question.model, question.at, question.interface, question.labels)
        found = answers.get(key)
        if found is None:
            found = answers[key] = decide(question)
        return found

    return answer


def _tracks(view: View, model: Model, decide: Decide) -> Iterator[Track]:
    for deployment in view.world.deployments_of(model.name):
        if view.providers and deployment.provider not in view.providers:
            continue
        for interface in deployment.interfaces:
            if view.interface not in (None, interface):
                continue
            if view.interface is None and interface == "embedding":
                continue  # served beside the other, under the same clauses
            spans = tuple(_joined(_spans(view, model, deployment, interface, decide)))
            yield Track(
                model=model.name,
                deployment=deployment.id,
                interface=interface,
                host=deployment.host,
                spans=spans,
            )


def _spans(
    view: View, model: Model, deployment: Deployment, interface: Interface, decide: Decide
) -> Iterator[Span]:
    """One after the other: where an answer ends, the next one begins."""
    enrolments = _enrolments(view)
    at = view.since
    if model.released is not None and at < model.released:
        at = min(model.released, view.until)
        yield Span(from_=view.since, until=at, state="unreleased")
    if at >= view.until:
        return
    for _ in range(SPANS_MAX):
        question = Question(
            model=model.name,
            at=at,
            known_at=max(at, view.known_at),
            interface=interface,
            project=view.project,
            labels=view.labels,
            events=view.events,
            offers=view.offers,
        )
        answer = decide(question)
        favoured = decide(msgspec.structs.replace(question, labels=enrolments))
        ends = [d.valid_until for d in (answer, favoured) if d.valid_until is not None]
        until = min((*ends, view.until))
        verdict = _verdict_of(answer, deployment)
        state = _state(answer, verdict)
        if state in ("absent", "closed", "held") and answer is not favoured:
            better = _verdict_of(favoured, deployment)
            if better.outcome == "allow":
                verdict, state = better, "enrolled"
        yield Span(
            from_=at,
            until=until,
            state=state,
            clauses=verdict.clauses,
            because=verdict.reasons[0].text if verdict.reasons else "",
        )
        if until >= view.until or until <= at:
            return
        at = until


def _verdict_of(decision: Decision, deployment: Deployment) -> Verdict:
    return next(v for v in decision.verdicts if v.deployment == deployment.id)


def _state(decision: Decision, verdict: Verdict) -> State:
    if verdict.outcome == "allow":
        return "open"
    if decision.outcome == "conflict":
        return "conflict"
    if verdict.outcome == "unknown":
        return "unknown"
    rules = {reason.rule for reason in verdict.reasons}
    if "hold" in rules:
        return "held"
    if rules - {"no_grant", "no_listing", "first_refusal"}:
        return "closed"
    return "waiting" if "first_refusal" in rules else "absent"


def _joined(spans: Iterator[Span]) -> Iterator[Span]:
    """Spans that say the same, one after the other, as one."""
    last: Span | None = None
    for span in spans:
        same = last is not None and (last.state, last.clauses) == (span.state, span.clauses)
        if last is not None and same:
            last = msgspec.structs.replace(last, until=span.until)
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last


def _enrolments(view: View) -> Labels:
    """The caller's labels, as they were if it had been admitted everywhere."""
    programmes = {
        clause.enrolment
        for clause in view.agreements.clauses
        if isinstance(clause, Grant) and clause.enrolment is not None
    }
    own = dict(view.labels)
    programmes |= set(own.get(ENROLLED, "").split())
    if programmes:
        own[ENROLLED] = " ".join(sorted(programmes))
    return labels_of(own)


def _regimes(view: View) -> Iterator[Regime]:
    """Every agreement with a clause that may be live in the window, the earliest first."""
    life = lives(view.agreements)
    found: list[Regime] = []
    for agreement in view.agreements.agreements:
        clauses = [c for c in view.agreements.clauses if c.agreement == agreement.id]
        known = [c for c in clauses if c.known_by(view.known_at)]
        if not known or agreement.recorded_at > view.known_at:
            continue
        first = min((life[c.id].start for c in known), key=lambda turn: turn.first)
        last = max((_end(life[c.id], view.known_at) for c in known), key=lambda turn: turn.last)
        if last.last <= view.since or first.first >= view.until:
            continue
        quoted = next((c for c in known if c.quote), None)
        found.append(
            Regime(
                agreement=agreement.id,
                title=agreement.title or agreement.id,
                from_=_within(first.first),
                from_latest=_within(first.last),
                until_earliest=_within(last.first),
                until=_within(last.last),
                quote=quoted.quote if quoted is not None else None,
                source=(quoted.source if quoted is not None else None) or agreement.source,
            )
        )
    yield from sorted(found, key=lambda r: (r.from_ is not None, r.from_, r.agreement))


def _end(life: Life, known_at: datetime) -> Turn:
    """The first of the ends that a clause is known to have."""
    known = (ending.turn for ending in life.endings if ending.recorded_at <= known_at)
    return min(known, key=lambda turn: turn.last)


def _within(instant: datetime) -> datetime | None:
    return None if instant.year in (datetime.min.year, datetime.max.year) else instant


def _marks(view: View, models: list[Model]) -> Iterator[Mark]:
    for event in view.events:
        if event.recorded_at <= view.known_at:
            yield Mark(at=event.occurred_at, kind="event", name=event.name)
    for offer in view.offers:
        if offer.recorded_at <= view.known_at:
            yield Mark(at=offer.opened_at, kind="offer", name=offer.name)
    for model in models:
        if model.released is not None:
            yield Mark(at=model.released, kind="release", name=model.name)


def edges(clauses: tuple[Clause, ...]) -> tuple[datetime, ...]:
    """The dates that clauses name, for choosing a window that shows them all."""
    return tuple(
        sorted(
            instant
            for clause in clauses
            for moment in (clause.from_, clause.until)
            if moment is not None
            for instant in (earliest(moment), latest(moment))
        )
    )
