"""The prices of agreements as price rows: `price` and `discount` clauses over what else is known.

Makes rows that stand before all others, one deployment each, so that whoever prices looks rows
up and knows no clause. Charges nothing, and works out no volume (`volume`): a request costs what
the tier that begins at 0 says.

>>> contract_prices(world.cost_prices, world.deployments, agreements, ())
(Price(id='openai/gpt-5@azure/gpt5#2026-01-01:azure-2026', ...),)
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Final

import msgspec

from detente.agreements.agreement import AgreementSet
from detente.agreements.clauses import price as prices
from detente.agreements.clauses.discount import Discount
from detente.agreements.clauses.price import UNITS_PER_MILLION
from detente.agreements.money import USD, Amount, Currency
from detente.agreements.reckoning import speaks_of_deployment
from detente.agreements.scope import words
from detente.agreements.window import Window, windows_of
from detente.canonical.model import Deployment
from detente.canonical.price import METERS, Price
from detente.canonical.question import Event

_OUTPUT: Final = METERS["output"]
_REASONING: Final = METERS["reasoning"]
_WHOLE: Final = Decimal(100)
_BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
_GLOB: Final = frozenset("*?[")


class _Term(msgspec.Struct, frozen=True):
    """A clause with the time in which it holds."""

    clause: prices.Price | Discount
    window: Window


def contract_prices(
    cost_prices: Sequence[Price],
    deployments: Iterable[Deployment],
    agreements: AgreementSet,
    events: Iterable[Event],
) -> tuple[Price, ...]:
    """Rows for the deployments and times of which a `price` or `discount` speaks.

    `cost_prices` are those of configuration and catalog, the first that fits counts; a meter that
    no clause prices keeps its price there, and so do the conditions of its rows (a prompt's
    length, a service tier). An agreement's price holds under each of these conditions. Discounts
    are taken one after the other. A meter that two clauses price differently, or in a currency
    without `usd_per_unit`, has no price: unknown, never a guess.
    """
    windows = windows_of(agreements, events)
    terms = [
        _Term(clause, windows[clause.id])
        for clause in agreements.clauses
        if isinstance(clause, prices.Price | Discount) and not windows[clause.id].is_empty
    ]
    if not terms:
        return ()
    rows: list[Price] = []
    base = _Base(cost_prices)
    index = _Index(terms)
    for deployment in deployments:
        near = index.near(deployment.model)
        mine = [t for t in near if speaks_of_deployment(t.clause.scope, deployment)]
        if mine:
            rows += _rows(deployment, mine, base.of(deployment))
    return tuple(rows)


def amount_usd(amount: Amount, currency: Currency, usd_per_unit: Amount | None) -> Decimal | None:
    """An amount in US dollars; None where the agreement fixes no rate for its currency."""
    if usd_per_unit is not None:
        return amount * usd_per_unit
    return amount if currency == USD else None


def per_million_usd(clause: prices.Price, amount: Amount) -> Decimal | None:
    """`amount` of the clause's unit and currency, in US dollars a million tokens."""
    return amount_usd(amount * UNITS_PER_MILLION[clause.unit], clause.currency, clause.usd_per_unit)


def first_amount(clause: prices.Price) -> Decimal | None:
    """What a request is charged by: the one price, or that of the tier that begins at 0."""
    if clause.amount is not None:
        return clause.amount
    return next((tier.amount for tier in clause.tiers if tier.over == 0), None)


def first_percent(clause: Discount) -> Decimal:
    """What a request is discounted by: the one rate, or that of the tier that begins at 0."""
    if clause.percent is not None:
        return clause.percent
    return next((tier.percent for tier in clause.tiers if tier.over == 0), Decimal(0))


class _Index:
    """Terms by the models that they name, so that thousands of both take no time."""

    def __init__(self, terms: Sequence[_Term]) -> None:
        self._exact: dict[str, list[_Term]] = {}
        self._others: list[_Term] = []
        for term in terms:
            names = words(term.clause.scope.model)
            if names and all(_GLOB.isdisjoint(name) for name in names):
                for name in set(names):
                    self._exact.setdefault(name, []).append(term)
            else:
                self._others.append(term)

    def near(self, model: str) -> list[_Term]:
        """The terms that may speak of a model's deployments."""
        return [*self._exact.get(model, ()), *self._others]


class _Base:
    """The rows beneath, by model, in their order."""

    def __init__(self, rows: Sequence[Price]) -> None:
        self._exact: dict[str, list[tuple[int, Price]]] = {}
        self._globs: list[tuple[int, Price]] = []
        for place, row in enumerate(rows):
            if _GLOB.isdisjoint(row.model):
                self._exact.setdefault(row.model, []).append((place, row))
            else:
                self._globs.append((place, row))

    def of(self, deployment: Deployment) -> list[Price]:
        """The rows that speak of `deployment`."""
        globs = (p for p in self._globs if fnmatchcase(deployment.model, p[1].model))
        placed = [*self._exact.get(deployment.model, ()), *globs]
        return [
            row
            for _, row in sorted(placed, key=lambda p: p[0])
            if row.speaks_of(deployment.id)
            and fnmatchcase(deployment.provider, row.provider)
            and row.holds_in(deployment.processing_zone)
        ]


class _Span(msgspec.Struct, frozen=True):
    """A time in which the same clauses hold over the same rows (None: over none)."""

    start: datetime | None
    until: datetime | None
    live: tuple[prices.Price | Discount, ...]
    beneath: tuple[Price | None, ...]


def _rows(deployment: Deployment, terms: list[_Term], base: list[Price]) -> Iterator[Price]:
    """The rows of one deployment, span by span."""
    for span in _merged(_spans(terms, base)):
        if span.live:
            yield from _span_rows(deployment, span)


def _spans(terms: list[_Term], base: list[Price]) -> Iterator[_Span]:
    """All of time, cut wherever anything begins or ends."""
    for start, until in _intervals(terms, base):
        live = tuple(t.clause for t in terms if t.window.holds(start or _BEGINNING))
        yield _Span(start, until, live, tuple(_beneath(base, start)))


def _merged(spans: Iterable[_Span]) -> Iterator[_Span]:
    """The spans without the cuts that change nothing: each would be an epoch of its own."""
    last: _Span | None = None
    for span in spans:
        if last is not None and (last.live, last.beneath) == (span.live, span.beneath):
            last = msgspec.structs.replace(last, until=span.until)
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last


def _intervals(
    terms: list[_Term], base: list[Price]
) -> Iterator[tuple[datetime | None, datetime | None]]:
    """The spans in which the same clauses and the same rows hold."""
    bounds = {b for t in terms for b in (t.window.start, t.window.until) if b is not None}
    bounds |= {b for row in base for b in (row.from_, row.until) if b is not None}
    yield from pairwise((None, *sorted(bounds), None))


def _span_rows(deployment: Deployment, span: _Span) -> Iterator[Price]:
    live, start, until = span.live, span.start, span.until
    stated = _stated([clause for clause in live if isinstance(clause, prices.Price)])
    discounts = [clause for clause in live if isinstance(clause, Discount)]
    agreements = "+".join(sorted({clause.agreement for clause in live}))
    names = ", ".join(f"`{clause.id}`" for clause in sorted(live, key=lambda c: c.id))
    since = "" if start is None else f"#{start.date().isoformat()}"
    for row in span.beneath:
        if row is None and not stated:
            continue  # nothing is known that a discount could be taken off
        condition = "" if row is None else _condition(row)
        yield Price(
            id=f"{deployment.model}@{deployment.id}{since}{condition}:{agreements}",
            model=deployment.model,
            provider=deployment.provider,
            meters=_meters({} if row is None else row.meters, stated, discounts),
            source=names if row is None else f"{names}, over: {row.source}",
            from_=start,
            until=until,
            input_tokens_over=0 if row is None else row.input_tokens_over,
            tier=None if row is None else row.tier,
            zone=None,
            deployment=deployment.id,
        )


def _beneath(base: list[Price], start: datetime | None) -> Iterator[Price | None]:
    """The rows that may count in an interval, the last one for every usage; None where none is."""
    for row in base:
        if row.holds_at(start or _BEGINNING):
            yield row
            if not row.depends_on_usage:
                return
    yield None


def _condition(row: Price) -> str:
    over = f"over-{row.input_tokens_over}" if row.input_tokens_over else None
    return "".join(f":{word}" for word in (row.tier, over) if word)


def _stated(clauses: list[prices.Price]) -> dict[str, Decimal | None]:
    """What clauses say that a meter costs, by token class; None where they contradict."""
    found: dict[str, Decimal | None] = {}
    for clause in clauses:
        name = METERS[clause.meter]
        amount = first_amount(clause)
        price = None if amount is None else per_million_usd(clause, amount)
        found[name] = price if found.get(name, price) == price else None
    return found


def _meters(
    beneath: Mapping[str, Decimal],
    stated: Mapping[str, Decimal | None],
    discounts: list[Discount],
) -> dict[str, Decimal]:
    """All meters of a row. Reasoning is output, where nothing sets it apart."""
    meters: dict[str, Decimal | None] = {**beneath, **stated}
    apart = beneath.get(_REASONING, beneath.get(_OUTPUT)) != beneath.get(_OUTPUT)
    if _REASONING not in stated and _OUTPUT in stated and not apart:
        meters[_REASONING] = meters[_OUTPUT]
    for discount in sorted(discounts, key=lambda d: d.id):
        factor = (_WHOLE - first_percent(discount)) / _WHOLE
        for name in _discounted(discount, meters, apart=apart or _REASONING in stated):
            held = meters[name]
            meters[name] = None if held is None else held * factor
    return {name: price for name, price in meters.items() if price is not None}


def _discounted(
    discount: Discount, meters: Mapping[str, Decimal | None], *, apart: bool
) -> list[str]:
    """The token classes that a discount is taken off."""
    if not discount.meters:
        return list(meters)
    named = {METERS[meter] for meter in discount.meters}
    if _OUTPUT in named and not apart:
        named.add(_REASONING)
    return [name for name in meters if name in named]
