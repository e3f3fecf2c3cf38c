"""The hot path's form: agreements compiled for a configuration, answers looked up by class.

Gives the answers of `reference`, and is tested against it. Per model, clauses are reduced to
sets of deployments; per epoch, to those that may be live; per class of question, to a decision
that holds until the epoch ends. Keeps no more than it is told to.

>>> compile_agreements(world, agreements).decide(question).order
('openai/gpt-4', 'azure-eastus2/gpt4-prod')
"""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from detente.agreements.agreement import AgreementSet
from detente.agreements.answer import decision, model_of
from detente.agreements.classes import class_of, labels_that_count
from detente.agreements.clause import forbids
from detente.agreements.finding import Findings, Found
from detente.agreements.index import Index
from detente.agreements.life import Life, lives
from detente.agreements.model_plan import ModelPlan, compile_model
from detente.agreements.sweep import Sure, Swept, sweep
from detente.agreements.verdicts import conclude, find_all
from detente.canonical.decision import ClauseId, Decision
from detente.canonical.model import Model
from detente.canonical.question import Question
from detente.canonical.snapshot import NOTHING_MEASURED, Snapshot
from detente.canonical.world import World

DECISIONS_CACHED_MAX: Final = 10_000
"""Classes of question kept; a decision takes a few KiB."""

EPOCHS_CACHED_MAX: Final = 64
"""Epochs kept per model: live traffic is in one, a rehearsal jumps among a few."""


class Live(msgspec.Struct, frozen=True, gc=False):
    """The clauses that are live in an epoch, or may be, so that callers find theirs.

    `always` are those that ask for no label, `labelled` the others by one that they ask for;
    each with its place among all.
    """

    always: tuple[tuple[int, Sure], ...]
    labelled: Mapping[tuple[str, str], tuple[tuple[int, Sure], ...]]

    def about(self, q: Question) -> tuple[Sure, ...]:
        """Those that may speak of the caller, in the order of their ids."""
        found = self.always
        for label in (*q.labels, *q.header_labels):
            found += self.labelled.get(label, ())
        if found is not self.always:
            return tuple(sure for _, sure in sorted(dict(found).items()))
        return tuple(sure for _, sure in found)


_NO_LEAD: Final = timedelta(0)
_BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
_END: Final = datetime.max.replace(tzinfo=UTC)


class _Kept(msgspec.Struct, frozen=True):
    """A decision with where it holds, in a form that is quick to compare."""

    start: datetime
    end: datetime
    lead: timedelta
    decision: Decision


class CompiledAgreements:
    """Agreements ready to answer; make one with `compile_agreements`."""

    def __init__(
        self,
        world: World,
        agreements: AgreementSet,
        decisions_cached_max: int,
        snapshot: Snapshot,
    ) -> None:
        self._world = world
        self._agreements = agreements
        self._decisions_cached_max = decisions_cached_max
        self._index = Index(world, agreements)
        self._models = {m.name: self._compiled(m) for m in world.models}
        self._snapshot = snapshot
        self._live: dict[tuple[str, int, int], Live] = {}
        self._kept: dict[object, _Kept] = {}
        self._labels = labels_that_count(agreements)
        self._waits_ms = sorted(
            {c.wait_ms for c in agreements.clauses if forbids(c) and c.wait_ms is not None}
        )

    @property
    def agreements(self) -> AgreementSet:
        """What was compiled."""
        return self._agreements

    @property
    def snapshot(self) -> Snapshot:
        """What was measured last: by it what is allowed is put in order."""
        return self._snapshot

    def observe(self, snapshot: Snapshot) -> None:
        """Order by `snapshot` from now on; forgets decisions only where it orders differently."""
        if not snapshot.orders_as(self._snapshot):
            self._kept.clear()
        self._snapshot = snapshot

    def decide(self, question: Question) -> Decision:
        """The answer to `question`, looked up where its class was asked in this epoch."""
        key = self._class_of(question)
        at = question.at
        lead = _NO_LEAD if question.known_at is at else question.known_at - at
        kept = self._kept.get(key)
        if kept is not None and kept.start <= at < kept.end and kept.lead == lead:
            return kept.decision
        found = self._decide(question)
        if kept is None and len(self._kept) >= self._decisions_cached_max:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = _Kept(
            found.valid_from or _BEGINNING, found.valid_until or _END, lead, found
        )
        return found

    def _compiled(self, model: Model) -> ModelPlan:
        return compile_model(self._world, self._agreements, model, self._index)

    def _class_of(self, q: Question) -> object:
        """All of a question but its instants; how long a refusal took only as far as it counts."""
        refusals = q.refusals and tuple(
            (r.deployment, r.signal, bisect_right(self._waits_ms, r.waited_ms)) for r in q.refusals
        )
        return (*class_of(q, self._labels), refusals)

    def _decide(self, question: Question) -> Decision:
        model = self._models.get(question.model)
        if model is None:
            # The world may name deployments of a model that it does not describe.
            model = self._compiled(model_of(self._world, question.model))

        def look(at: datetime) -> tuple[Found, ...]:
            moved = msgspec.structs.replace(question, at=at)
            return find_all(sweep(model, self._live_at(model, moved).about(moved), moved))

        findings = self._findings(model, question)
        return decision(
            self._world,
            self._agreements,
            question,
            findings,
            look,
            model=model.plan.model,
            bounds=model.bounds,
        )

    def _findings(self, model: ModelPlan, question: Question) -> Findings:
        sure = self._live_at(model, question).about(question)

        def without(clause: ClauseId) -> Swept:
            left = tuple(item for item in sure if item[0].clause.id != clause)
            if clause in model.amending:
                # What it has replaced is in force again.
                rest = lives(self._agreements.without(clause))
                left = _live(model, question, rest).about(question)
            return sweep(model, left, question)

        swept = sweep(model, sure, question)
        return conclude(swept, without, self._snapshot)

    def _live_at(self, model: ModelPlan, question: Question) -> Live:
        key = (
            model.plan.model.name,
            bisect_right(model.bounds.valid, question.at),
            bisect_right(model.bounds.known, question.known_at),
        )
        live = self._live.get(key)
        if live is None:
            if len(self._live) >= EPOCHS_CACHED_MAX * max(1, len(self._models)):
                del self._live[next(iter(self._live))]
            live = self._live[key] = _live(model, question)
        return live


def compile_agreements(
    world: World,
    agreements: AgreementSet,
    decisions_cached_max: int = DECISIONS_CACHED_MAX,
    *,
    snapshot: Snapshot = NOTHING_MEASURED,
) -> CompiledAgreements:
    """`agreements` compiled for `world`; keeps at most so many decisions."""
    return CompiledAgreements(world, agreements, decisions_cached_max, snapshot)


def _live(model: ModelPlan, q: Question, rest: Mapping[ClauseId, Life] | None = None) -> Live:
    """The clauses that are live or may be; with `rest`, of those alone, by those dates."""
    always: list[tuple[int, Sure]] = []
    labelled: dict[tuple[str, str], tuple[tuple[int, Sure], ...]] = {}
    for place, entry in enumerate(model.entries):
        life = entry.life if rest is None else rest.get(entry.clause.id)
        facts = None if life is None else life.at(q.at, q.known_at, None)
        if facts is None:
            continue
        if not entry.reach.labels:
            always.append((place, (entry, facts)))
            continue
        name, values = entry.reach.labels[0]
        for value in values:
            known = labelled.get((name, value), ())
            labelled[name, value] = (*known, (place, (entry, facts)))
    return Live(tuple(always), labelled)
