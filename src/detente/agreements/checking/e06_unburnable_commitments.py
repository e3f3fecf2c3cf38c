"""E06: a commitment that all forecast use together cannot take.

The most that can be taken in a period is the sum, over what is forecast, of the dearest places
that count towards it and that the agreements permit (rejections that one refusal lifts apart),
bounded by what is provisioned (`burning`). A period is judged where forecasts cover it; in the
first one they may begin later if `already_taken` says what was taken before. Where no use is
forecast, a price or a rate of exchange is unknown, or a term has no end, nothing is said.

>>> [finding.code for finding in unburnable_commitments(survey)]
['E06']
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Final

import msgspec

from detente.agreements.checking.asking import Asking
from detente.agreements.checking.burning import (
    Option,
    monthly_measure,
    months,
    most,
    names,
    part_that_fits,
)
from detente.agreements.checking.domain import Caller
from detente.agreements.checking.places import Places, caller_in, interfaces_in, is_name
from detente.agreements.checking.report import CheckFinding
from detente.agreements.checking.survey import Survey
from detente.agreements.checking.windows import BEGINNING, END, Window, outside, windows
from detente.agreements.checking.witness import question_about
from detente.agreements.clauses.capacity import Capacity
from detente.agreements.clauses.commit import Commit
from detente.agreements.matching import fits
from detente.agreements.moment import earliest
from detente.agreements.money import USD, period_around
from detente.agreements.scope import Scope
from detente.canonical.decision import Decision
from detente.canonical.forecast import Forecast
from detente.canonical.model import Deployment
from detente.canonical.price import Price

PERIODS_MAX: Final = 240
"""Of one commitment: twenty years by the month."""


class _Short(msgspec.Struct, frozen=True, kw_only=True):
    """A period in which less can be taken than has to be."""

    period: Window
    owed: Decimal
    most: Decimal


class _Use(msgspec.Struct, frozen=True, kw_only=True):
    """A forecast as far as it may count: where, and for whom."""

    forecast: Forecast
    where: tuple[Deployment, ...]
    caller: Caller


def unburnable_commitments(survey: Survey) -> Iterator[CheckFinding]:
    """One finding a commitment, with the figures of the first period that falls short."""
    if not survey.world.forecasts:
        return
    search = _Search(survey)
    for clause in survey.agreements.clauses:
        if isinstance(clause, Commit):
            yield from search.about(clause)


class _Search:
    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        self.places = Places(survey.world)
        self.live = windows(survey.agreements)
        self.capacities: dict[str, list[Capacity]] = {}
        for clause in survey.agreements.clauses:
            if isinstance(clause, Capacity):
                for deployment in self.places.of(clause.scope):
                    self.capacities.setdefault(deployment.id, []).append(clause)
        self.asked = Asking(survey)
        self._prices: dict[str, tuple[Price, ...]] = {}
        self._used: dict[tuple[object, ...], bool] = {}

    def about(self, commit: Commit) -> Iterator[CheckFinding]:
        """The finding about one commitment, if there is one."""
        eligible = self.places.of(commit.takes)
        rate = _rate(commit)
        if rate is None or not self.live[commit.id]:
            return
        short: list[_Short] = []
        expected = self._expected(eligible, commit)
        for period, owed in _periods(commit, self.live[commit.id]):
            if not _covered(
                commit, period, [use.forecast for use in expected], self.live[commit.id]
            ):
                continue
            found = self._most(commit, expected, period, owed * rate)
            if found is not None and found < owed * rate:
                short.append(_Short(period=period, owed=owed * rate, most=found))
        if short:
            yield self._finding(commit, eligible, short)

    def _expected(self, eligible: tuple[Deployment, ...], commit: Commit) -> list[_Use]:
        """The forecasts of which any use may count, and where."""
        by_model: dict[str, list[Deployment]] = {}
        for d in eligible:
            by_model.setdefault(d.model, []).append(d)
        found: list[_Use] = []
        for forecast in self.survey.world.forecasts:
            if is_name(forecast.model):
                where = tuple(by_model.get(forecast.model, ()))
            else:
                where = tuple(d for m in by_model if fits(m, forecast.model) for d in by_model[m])
            caller = caller_in(commit.takes, Scope(project=forecast.project)) if where else None
            if caller is not None:
                found.append(_Use(forecast=forecast, where=where, caller=caller))
        return found

    def _most(
        self, commit: Commit, expected: list[_Use], period: Window, enough: Decimal
    ) -> Decimal | None:
        """The most that can be taken in a period; None where that cannot be told.

        What is more than `enough` is not counted on.
        """
        total = Decimal(0)
        for use in expected:
            for part in self._parts(period.meet(_window(use.forecast)), use.where):
                options = self._options(commit, use, part.since)
                if options is None:
                    return None
                total += months(part.since, part.until) * most(options)
                if total >= enough:
                    return total
        return total

    def _parts(self, window: Window, where: tuple[Deployment, ...]) -> Iterator[Window]:
        """The window, cut wherever an answer, a price or a capacity may turn."""
        if not window:
            return
        cuts = {window.since, window.until}
        for d in where:
            cuts |= set(self.asked.cuts(d.model))
            for capacity in self.capacities.get(d.id, ()):
                cuts |= {self.live[capacity.id].since, self.live[capacity.id].until}
            for price in self._prices_of(d):
                cuts |= {edge for edge in (price.from_, price.until) if edge is not None}
        inside = sorted(cut for cut in cuts if window.since <= cut <= window.until)
        for since, until in pairwise(inside):
            yield Window(since=since, until=until)

    def _prices_of(self, d: Deployment) -> tuple[Price, ...]:
        known = self._prices.get(d.id)
        if known is None:
            known = tuple(price for price in self.survey.world.cost_prices if names(price, d))
            self._prices[d.id] = known
        return known

    def _options(self, commit: Commit, use: _Use, at: datetime) -> list[Option] | None:
        found: list[Option] = []
        for d in use.where:
            if not self._may_be_used(commit, d, at, use.caller):
                continue
            monthly = monthly_measure(commit.measure, use.forecast, d, self._prices_of(d), at=at)
            if monthly is None:
                return None
            held = [c for c in self.capacities.get(d.id, ()) if at in self.live[c.id]]
            part = part_that_fits(use.forecast, d, held)
            found.append(Option(deployment=d.id, monthly=monthly, part=part))
        return found

    def _may_be_used(self, commit: Commit, d: Deployment, at: datetime, caller: Caller) -> bool:
        """Whether it is allowed, unknown, or waits only for others to refuse."""
        interfaces = interfaces_in(commit.takes, d)
        key = (d.id, interfaces, at, caller)
        known = self._used.get(key)
        if known is None:
            questions = (self.asked.question(d.model, at, caller, i) for i in interfaces)
            known = any(_may(self.asked.decide(question), d) for question in questions)
            self._used[key] = known
        return known

    def _finding(
        self, commit: Commit, eligible: tuple[Deployment, ...], short: list[_Short]
    ) -> CheckFinding:
        first = short[0]
        unit = {"money": USD, "tokens": "tokens", "requests": "requests"}[commit.measure]
        until = first.period.until.date().isoformat()
        caller = caller_in(commit.takes)
        return CheckFinding(
            code="E06",
            message=(
                f"commitment `{commit.id}` asks for {first.owed:,.0f} {unit} from "
                f"{first.period.since.date().isoformat()} until {until}, but all forecast use "
                f"that may count takes {first.most:,.0f} {unit} at most; commit to less, widen "
                f"what is `eligible`, or correct the forecast"
            ),
            clauses=(commit.id,),
            place=self.survey.agreements.places.get(commit.id),
            model=eligible[0].model if eligible else None,
            periods=tuple(one.period.period for one in short),
            witness=question_about(
                eligible[0],
                at=first.period.since,
                known_at=self.survey.known_at,
                caller=caller,
                interface=interfaces_in(commit.takes, eligible[0])[0],
            )
            if eligible and caller is not None
            else None,
        )


def _may(decision: Decision, d: Deployment) -> bool:
    verdict = next(v for v in decision.verdicts if v.deployment == d.id)
    waits = all(reason.rule == "first_refusal" for reason in verdict.reasons)
    return verdict.outcome != "deny" or waits


def _rate(commit: Commit) -> Decimal | None:
    """What a unit of the commitment is in what is counted: dollars, or itself."""
    if commit.measure != "money" or commit.currency == USD:
        return Decimal(1)
    return commit.usd_per_unit


def _periods(commit: Commit, live: Window) -> Iterator[tuple[Window, Decimal]]:
    """Each period of a commitment with what has to be taken in it.

    One that a successor cuts short is none: what is owed for it then, nobody says.
    """
    at, taken = live.since, commit.already_taken or Decimal(0)
    until = None if commit.until is None else earliest(commit.until)
    if at == BEGINNING:
        return
    for _ in range(PERIODS_MAX):
        since, ends = period_around(commit.period, live.since, until, at=at)
        if ends is None or ends > live.until:
            return
        yield Window(since=since, until=ends), max(Decimal(0), commit.amount - taken)
        at, taken = ends, Decimal(0)
        if ends == live.until:
            return


def _covered(commit: Commit, period: Window, expected: list[Forecast], live: Window) -> bool:
    """Whether the forecasts speak of all of the period, or of all that is left of the first."""
    bare = outside(period, [_window(forecast) for forecast in expected])
    if not bare:
        return True
    first = period.since == live.since and commit.already_taken is not None
    return first and len(bare) == 1 and bare[0].since == period.since and bare[0] != period


def _window(forecast: Forecast) -> Window:
    return Window(since=forecast.from_ or BEGINNING, until=forecast.until or END)
