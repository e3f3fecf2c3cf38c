"""Prices of the package `genai-prices` (MIT, https://github.com/pydantic/genai-prices) as rows.

Reads what the installed package carries; never its updater, which would use the network. What a
row of ours cannot say (a price by the hour of the day, by the request, by the image) is left out
and named, so that no cost is ever too low in silence. Facts as of version 0.2.3, read 2026-11-22.

>>> found = imported(providers, "0.2.3", provider="openai", model="gpt-4o")
>>> found.rows[0].meters["input"]
Decimal('2.5')
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

import msgspec

from detente.canonical.price import STANDARD
from detente.catalog.price_rows import WrittenPrice

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, Provider

METERS: Final = {
    "input_mtok": "input",
    "cache_read_mtok": "cache_read",
    "cache_write_5m_mtok": "cache_write_5m",
    "cache_write_1h_mtok": "cache_write_1h",
    "output_mtok": "output",
    "output_reasoning_mtok": "reasoning",
    "input_audio_mtok": "audio_input",
    "output_audio_mtok": "audio_output",
}
"""Its meters that are token classes of ours; `cache_write_mtok` depends on the platform."""
WRITES_FOR_30_MINUTES: Final = frozenset(("openai", "azure"))
"""Where a cache write of no stated lifetime lasts 30 minutes; elsewhere it lasts 5."""
BESIDE_TOKENS: Final = frozenset(("web_searches_kcount", "storage_searches_kcount"))
"""Billed for hosted tools, on a line of their own: tokens cost the same with and without."""
TIERS: Final = {
    "service_tier": {"flex": "flex", "priority": "priority", "fast": "fast"},
    "processing": {"batch": "batch"},
    "speed": {"fast": "fast"},
}
"""Its request contexts, as the tier that an answer then names (`canonical.usage.in_tier`)."""

_VERIFIED: Final = re.compile(r"(?:verified|checked) on (\d{4}-\d{2}-\d{2})")
_EVER: Final = date(2000, 1, 1)


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """The rows, and a sentence for everything that no row says."""

    rows: tuple[WrittenPrice, ...]
    left_out: tuple[str, ...]


def imported(
    providers: "Iterable[Provider]", version: str, *, provider: str = "*", model: str = "*"
) -> Imported:
    """The prices of providers and models whose ids match the patterns.

    A row's `model` and `provider` are the package's ids; `source` names the page, the day on which
    its maintainers say that they verified it (where they say one), and the package's version.
    """
    rows: list[WrittenPrice] = []
    left_out: list[str] = []
    for place in providers:
        if not fnmatchcase(place.id, provider):
            continue
        for entry in place.models:
            if not fnmatchcase(entry.id, model):
                continue
            reason = _unsayable(entry)
            if reason is not None:
                left_out.append(f"`{place.id}/{entry.id}` is left out: {reason}")
                continue
            rows += _rows(place, entry, version)
    return Imported(rows=tuple(rows), left_out=tuple(left_out))


def verified_on(entry: "ModelInfo") -> date | None:
    """The last day on which the maintainers say that they verified a model's prices."""
    days = _VERIFIED.findall(entry.price_comments or "")
    return date.fromisoformat(max(days)) if days else None


def _unsayable(entry: "ModelInfo") -> str | None:
    """Why a model's prices cannot be said in rows, None where they can."""
    prices = [
        entry.get_prices(datetime(day.year, day.month, day.day, tzinfo=UTC))
        for day in _boundaries(entry)
    ]
    if _by_the_hour(entry):
        return "its price depends on the hour of the day"
    known = {*METERS, *BESIDE_TOKENS, "cache_write_mtok", "cache_audio_read_mtok"}
    for price in prices:
        strange = sorted(key for key, value in _given(price) if key not in known and value)
        if strange:
            return f"it is also billed by `{strange[0]}`"
    if not any(key in METERS for price in prices for key, _ in _given(price)):
        return "it has no price by tokens"
    return None


def _rows(place: "Provider", entry: "ModelInfo", version: str) -> Iterator[WrittenPrice]:
    """Every tier, period and length; a period ends where the next one of its tier begins."""
    page = (place.pricing_urls or ["https://github.com/pydantic/genai-prices"])[0]
    day = verified_on(entry)
    told = "" if day is None else f", verified {day.isoformat()}"
    source = f"{page}{told}, by genai-prices {version}"
    for tier, context in _contexts(entry):
        periods = _periods(entry, context)
        for index, (since, prices) in enumerate(periods):
            if prices is None:
                continue
            until = periods[index + 1][0] if index + 1 < len(periods) else None
            for over in _thresholds(prices):
                meters = _meters(prices, over, place.id)
                if meters:
                    yield WrittenPrice(
                        model=entry.id,
                        provider=place.id,
                        meters=meters,
                        source=source,
                        from_=None if since == _EVER else since,
                        until=until,
                        input_tokens_over=over,
                        tier=tier,
                    )


def _contexts(entry: "ModelInfo") -> Iterator[tuple[str, dict[str, str]]]:
    """The tiers with prices of their own, and how the package is asked for them."""
    yield STANDARD, {}
    seen: set[str] = set()
    for variant in entry.price_variants or ():
        if len(variant.when) != 1:
            continue
        ((key, value),) = variant.when.items()
        tier = TIERS.get(key, {}).get(value)
        if tier is not None and tier not in seen:
            seen.add(tier)
            yield tier, {key: value}


def _periods(entry: "ModelInfo", context: dict[str, str]) -> "list[tuple[date, ModelPrice | None]]":
    """From which day on which prices hold; None where the tier has none of its own yet."""
    found: list[tuple[date, ModelPrice | None]] = []
    for since in _boundaries(entry):
        at = datetime(since.year, since.month, since.day, tzinfo=UTC)
        own = not context or any(
            variant.when == context
            and (variant.constraint is None or variant.constraint.active(at))
            for variant in entry.price_variants or ()
        )
        prices = entry.get_prices(at, context or None) if own else None
        if not found or found[-1][1] != prices:
            found.append((since, prices))
    return found


def _boundaries(entry: "ModelInfo") -> list[date]:
    """The days on which a price may begin, the first for ever."""
    conditions = [] if not isinstance(entry.prices, list) else entry.prices
    constraints = [c.constraint for c in (*conditions, *(entry.price_variants or ()))]
    days = {getattr(constraint, "start_date", None) for constraint in constraints} - {None}
    return sorted({_EVER, *(day for day in days if isinstance(day, date))})


def _by_the_hour(entry: "ModelInfo") -> bool:
    conditions = [] if not isinstance(entry.prices, list) else entry.prices
    return any(
        hasattr(condition.constraint, "start_time")
        for condition in (*conditions, *(entry.price_variants or ()))
    )


def _given(prices: "ModelPrice") -> Iterator[tuple[str, object]]:
    """The meters of a price by the package's keys."""
    for key, value in vars(prices).items():
        if not key.startswith("_") and value is not None:
            yield key, value


def _thresholds(prices: "ModelPrice") -> list[int]:
    """The prompt lengths above which something costs otherwise, 0 first."""
    starts = {tier.start for _, value in _given(prices) for tier in getattr(value, "tiers", ())}
    return sorted({0, *starts})


def _meters(prices: "ModelPrice", over: int, place: str) -> dict[str, Decimal]:
    """What each token class costs in a prompt of more than `over` tokens."""
    found = {key: amount for key, value in _given(prices) if (amount := _amount(value, over))}
    meters = {word: found[key] for key, word in METERS.items() if key in found}
    unstated = found.get("cache_write_mtok")
    if unstated is not None:
        word = "cache_write_30m" if place in WRITES_FOR_30_MINUTES else "cache_write_5m"
        meters.setdefault(word, unstated)
    spoken = found.get("cache_audio_read_mtok")
    if spoken is not None and spoken != meters.get("cache_read"):
        meters.pop("cache_read", None)  # ours is one class for both, so neither price holds
    return meters


def _amount(value: object, over: int) -> Decimal | None:
    """The price in force: all tokens cost what the last tier says whose start is passed."""
    amount = getattr(value, "base", value)
    for tier in getattr(value, "tiers", ()):
        if over >= tier.start:
            amount = tier.price
    return amount if isinstance(amount, Decimal) else None
