"""What is wrong with the budgets, limits and patterns of the organisation, its projects and keys.

>>> list(allowance_problems(Configuration()))
[]
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from detente.configuration.callers import BudgetEntry, Key, LimitEntry, Organisation, Project
from detente.configuration.credentials import Problem
from detente.configuration.located import Path
from detente.configuration.schema import Configuration
from detente.configuration.words import nearest, plain

USD_MAX: Final = Decimal(10) ** 12
"""More than anybody spends; the sums of all such amounts stay whole picodollars."""
AMOUNT_MAX: Final = 10**15
"""Requests or tokens: more than anybody has, and what every store can count."""
DECIMALS_MAX: Final = 12
"""Picodollars; and of a fraction, more than anybody writes."""
FRACTIONS_MAX: Final = 16
PATTERN_CHARACTERS_MAX: Final = 200
"""Patterns stand in the names of accounts, which every store has to take, and in the log."""
_AMOUNTS: Final = tuple(name for name in LimitEntry.__struct_fields__ if name != "model")


def allowance_problems(configuration: Configuration) -> Iterator[Problem]:
    """Every problem with where it is."""
    owners: list[tuple[Path, Organisation | Project | Key]] = [
        (("organisation",), configuration.organisation),
        *((("projects", name), entry) for name, entry in configuration.projects.items()),
        *((("keys", name), entry) for name, entry in configuration.keys.items()),
    ]
    for at, entry in owners:
        yield from _patterns((*at, "models"), entry.models)
        yield from _patterns((*at, "deployments"), entry.deployments)
        yield from _budgets((*at, "budgets"), entry.budgets)
        yield from _limits((*at, "limits"), entry.limits)


def is_time_zone(name: str) -> bool:
    """Whether this machine knows the IANA name."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, no name at all, or a folder of zones
        return False
    return True


def _patterns(at: Path, patterns: Iterable[str] | None) -> Iterator[Problem]:
    for index, pattern in enumerate(patterns or ()):
        if not pattern:
            yield (*at, index), "an empty pattern matches nothing; leave it out, or write `*`"
        elif not _is_plain(pattern):
            yield (*at, index), _NOT_PLAIN


def _budgets(at: Path, budgets: tuple[BudgetEntry, ...]) -> Iterator[Problem]:
    seen: set[tuple[str, str | None]] = set()
    for index, row in enumerate(budgets):
        here = (*at, index)
        if not (_is_short(row.usd) and 0 <= row.usd <= USD_MAX):
            said = f"`{plain(str(row.usd))}` is no amount; write one from 0 to {USD_MAX:f}"
            yield (*here, "usd"), f"{said}, of at most {DECIMALS_MAX} decimals"
        if not is_time_zone(row.time_zone):
            guess = nearest(row.time_zone, sorted(available_timezones())) or "Europe/Berlin"
            said = f"unknown time zone `{plain(row.time_zone)}`"
            yield (*here, "time_zone"), f"{said}; write an IANA name, such as `{guess}`"
        if not all(_is_short(part) and 0 < part <= 1 for part in row.alert_at):
            said = "a fraction of the amount is above 0 and at most 1; write `0.8` for 80 %"
            yield (*here, "alert_at"), said
        if len(row.alert_at) > FRACTIONS_MAX:
            yield (*here, "alert_at"), f"at most {FRACTIONS_MAX} fractions are told; leave some out"
        yield from _model(here, row.model)
        if (row.period, row.model) in seen:
            said = f"a second budget for `{row.period}` would count the same money; keep one, "
            yield here, f"{said}a hard one is told of at `alert_at` too"
        seen.add((row.period, row.model))


def _limits(at: Path, limits: tuple[LimitEntry, ...]) -> Iterator[Problem]:
    seen: set[tuple[str, str | None]] = set()
    for index, row in enumerate(limits):
        here = (*at, index)
        given = [name for name in _AMOUNTS if getattr(row, name) is not None]
        if len(given) != 1:
            names = ", ".join(f"`{name}`" for name in _AMOUNTS)
            said = "without an amount" if not given else "with more than one amount"
            yield here, f"a limit {said} is none; give exactly one of {names}"
        yield from _model(here, row.model)
        for name in given:
            if getattr(row, name) > AMOUNT_MAX:
                said = f"more than `{AMOUNT_MAX}` is no limit; write a smaller one, or leave it out"
                yield (*here, name), said
            if (name, row.model) in seen:
                yield (*here, name), f"a second `{name}` would count the same calls; keep one"
            seen.add((name, row.model))


def _model(at: Path, pattern: str | None) -> Iterator[Problem]:
    if pattern == "":
        yield (*at, "model"), "an empty pattern matches nothing; leave it out for all models"
    elif pattern is not None and not _is_plain(pattern):
        yield (*at, "model"), _NOT_PLAIN


_NOT_PLAIN: Final = (
    f"a pattern has at most {PATTERN_CHARACTERS_MAX} printable characters; write a shorter one"
)


def _is_plain(pattern: str) -> bool:
    return len(pattern) <= PATTERN_CHARACTERS_MAX and pattern.isprintable()


def _is_short(amount: Decimal) -> bool:
    """Whether it is a number, and one that can be written out."""
    exponent = amount.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -DECIMALS_MAX
