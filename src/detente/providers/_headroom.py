"""Limit headers, as every platform spells them, read into one `Headroom`. Pure.

One reader does for all, for their names differ where their meanings do; only Azure counts its
resets in milliseconds, without a unit. What cannot be read is unknown, never an error. Google,
Amazon and Oracle send none.

>>> from datetime import UTC, datetime
>>> headers = {b"x-ratelimit-remaining-tokens": b"149", b"x-ratelimit-reset-tokens": b"1m30s"}
>>> read_headroom(headers, datetime(2026, 11, 22, tzinfo=UTC)).tokens_reset_ms
90000
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from detente.canonical.headroom import Headroom

COUNT_MAX: Final = 10**15
RESET_MS_MAX: Final = 366 * 24 * 3600 * 1000
"""A year: nobody's limit takes longer."""
UTILISATION_MAX: Final = 100.0
NAME_CHARACTERS_MAX: Final = 100

Names = tuple[bytes, ...]

COUNTS: Final[dict[str, Names]] = {
    "requests_limit": (
        b"x-ratelimit-limit-requests",
        b"anthropic-ratelimit-requests-limit",
        b"x-ratelimit-limit-req-10-second",
        b"x-ratelimit-limit-req-second",
        b"x-ratelimit-limit-req-minute",
        b"x-ratelimit-limit-requests-minute",
        b"x-ratelimit-limit-requests-hour",
        b"x-ratelimit-limit-requests-day",
        b"x-trial-endpoint-call-limit",
        b"x-ratelimit-limit",
        b"ratelimit-limit",
        b"x-endpoint-monthly-call-limit",
    ),
    "requests_remaining": (
        b"x-ratelimit-remaining-requests",
        b"anthropic-ratelimit-requests-remaining",
        b"x-ratelimit-remaining-req-10-second",
        b"x-ratelimit-remaining-req-second",
        b"x-ratelimit-remaining-req-minute",
        b"x-ratelimit-remaining-requests-minute",
        b"x-ratelimit-remaining-requests-hour",
        b"x-ratelimit-remaining-requests-day",
        b"x-trial-endpoint-call-remaining",
        b"x-ratelimit-remaining",
        b"ratelimit-remaining",
    ),
    "tokens_limit": (
        b"x-ratelimit-limit-tokens",
        b"anthropic-ratelimit-tokens-limit",
        b"x-ratelimit-limit-tokens-minute",
        b"x-ratelimit-limit-tokens-hour",
        b"x-ratelimit-limit-tokens-day",
        b"ratelimitbysize-limit",
        b"x-tokenlimit-limit",
        b"x-ratelimit-limit-tokens-month",
    ),
    "tokens_remaining": (
        b"x-ratelimit-remaining-tokens",
        b"anthropic-ratelimit-tokens-remaining",
        b"x-ratelimit-remaining-tokens-minute",
        b"x-ratelimit-remaining-tokens-hour",
        b"x-ratelimit-remaining-tokens-day",
        b"ratelimitbysize-remaining",
        b"x-tokenlimit-remaining",
        b"x-ratelimit-remaining-tokens-month",
    ),
    "input_tokens_limit": (
        b"anthropic-ratelimit-input-tokens-limit",
        b"x-ratelimit-limit-tokens-prompt",
    ),
    "input_tokens_remaining": (
        b"anthropic-ratelimit-input-tokens-remaining",
        b"x-ratelimit-remaining-tokens-prompt",
    ),
    "output_tokens_limit": (
        b"anthropic-ratelimit-output-tokens-limit",
        b"x-ratelimit-limit-tokens-generated",
    ),
    "output_tokens_remaining": (
        b"anthropic-ratelimit-output-tokens-remaining",
        b"x-ratelimit-remaining-tokens-generated",
    ),
}
"""Where a count stands, the shorter window first, for it binds first.

As recorded: OpenAI's `x-ratelimit-…-requests` (also Azure's and Groq's), Anthropic's own, Mistral's
`req-10-second` and `tokens-month`, Cohere's `x-trial-…`, Together's plain `x-ratelimit-…`. From
public programs that read them (2026-11-22): Cerebras' `…-day` and `…-minute`, Fireworks'
`…-tokens-prompt` and `…-tokens-generated`, Together's `x-tokenlimit-…`, OpenRouter's plain ones,
Mistral's older `ratelimitbysize-…`.
"""

RESETS: Final[dict[str, Names]] = {
    "requests_reset_ms": (
        b"x-ratelimit-reset-requests",
        b"anthropic-ratelimit-requests-reset",
        b"x-ratelimit-reset-requests-minute",
        b"x-ratelimit-reset-requests-hour",
        b"x-ratelimit-reset-requests-day",
        b"x-ratelimit-reset",
        b"ratelimit-reset",
    ),
    "tokens_reset_ms": (
        b"x-ratelimit-reset-tokens",
        b"anthropic-ratelimit-tokens-reset",
        b"x-ratelimit-reset-tokens-minute",
        b"x-ratelimit-reset-tokens-hour",
        b"x-ratelimit-reset-tokens-day",
        b"ratelimitbysize-reset",
    ),
    "input_tokens_reset_ms": (b"anthropic-ratelimit-input-tokens-reset",),
    "output_tokens_reset_ms": (b"anthropic-ratelimit-output-tokens-reset",),
}
UTILISATION: Final = b"azure-openai-deployment-utilization"
"""The share of a provisioned deployment in use, in percent, as Azure's own benchmark tool reads it
(2026-11-22)."""
SPILLED: Final = b"x-ms-spillover-from-deployment"
"""The provisioned deployment that had no room
(https://learn.microsoft.com/azure/foundry/openai/how-to/spillover-traffic-management, read
2026-11-22)."""
PRIORITY: Final = (b"anthropic-priority-input-tokens-", b"anthropic-priority-output-tokens-")
"""Capacity that was committed to at Anthropic, with `limit` and `remaining`
(https://platform.claude.com/docs/en/api/rate-limits, read 2026-11-22)."""

_COUNT: Final = re.compile(rb"([0-9]{1,15})(?:\.[0-9]*)?(?:[;,].*)?")
_BARE: Final = re.compile(rb"[0-9]{1,15}(?:\.[0-9]{1,15})?")
_PIECE: Final = re.compile(rb"([0-9]{1,12}(?:\.[0-9]{1,15})?)(ms|us|\xc2\xb5s|ns|d|h|m|s)")
_DURATION: Final = re.compile(
    rb"(?:[0-9]{1,12}(?:\.[0-9]{1,15})?(?:ms|us|\xc2\xb5s|ns|d|h|m|s)){1,6}"
)
_UNIT_MS: Final = {
    b"d": 86_400_000.0,
    b"h": 3_600_000.0,
    b"m": 60_000.0,
    b"s": 1000.0,
    b"ms": 1.0,
    b"us": 1e-3,
    b"\xc2\xb5s": 1e-3,
    b"ns": 1e-6,
}
_EPOCH_S: Final = 10**9
"""Above it a bare number is a moment in seconds since 1970, above a thousand times it in ms."""


def read_headroom(headers: Mapping[bytes, bytes], now: datetime) -> Headroom | None:
    """What headers (by lower-case name) say of limits, None where they say nothing.

    A reset without a unit is in seconds, or a moment since 1970; `now` is aware.
    """
    return _read(headers, now, bare_ms=1000.0)


def read_azure_headroom(headers: Mapping[bytes, bytes], now: datetime) -> Headroom | None:
    """The same for Azure, where a reset without a unit is in milliseconds: with 120 requests a
    minute it recorded 500 for the next one."""
    return _read(headers, now, bare_ms=1.0)


def _read(headers: Mapping[bytes, bytes], now: datetime, *, bare_ms: float) -> Headroom | None:
    counts = {field: _count(_first(headers, names)) for field, names in COUNTS.items()}
    resets = {
        field: _reset_ms(_first(headers, names), now, bare_ms) for field, names in RESETS.items()
    }
    used = _utilisation(headers.get(UTILISATION))
    if used is None:
        used = _committed(headers)
    spilled = headers.get(SPILLED, b"").strip()[:NAME_CHARACTERS_MAX].decode("latin-1") or None
    values = (*counts.values(), *resets.values(), used, spilled)
    if all(value is None for value in values):
        return None
    return Headroom(
        requests_limit=counts["requests_limit"],
        requests_remaining=counts["requests_remaining"],
        requests_reset_ms=resets["requests_reset_ms"],
        tokens_limit=counts["tokens_limit"],
        tokens_remaining=counts["tokens_remaining"],
        tokens_reset_ms=resets["tokens_reset_ms"],
        input_tokens_limit=counts["input_tokens_limit"],
        input_tokens_remaining=counts["input_tokens_remaining"],
        input_tokens_reset_ms=resets["input_tokens_reset_ms"],
        output_tokens_limit=counts["output_tokens_limit"],
        output_tokens_remaining=counts["output_tokens_remaining"],
        output_tokens_reset_ms=resets["output_tokens_reset_ms"],
        provisioned_utilisation=used,
        spilled_from=spilled,
    )


def _first(headers: Mapping[bytes, bytes], names: Names) -> bytes | None:
    return next((headers[name].strip() for name in names if name in headers), None)


def _count(value: bytes | None) -> int | None:
    """A number of requests or tokens; what follows a `;` or `,` is a window, and not read."""
    found = None if value is None else _COUNT.fullmatch(value)
    return None if found is None else min(int(found[1]), COUNT_MAX)


def _reset_ms(value: bytes | None, now: datetime, bare_ms: float) -> int | None:
    if value is None:
        return None
    if _BARE.fullmatch(value):
        wait_ms = _bare_wait_ms(float(value), now, bare_ms)
    elif _DURATION.fullmatch(value):
        wait_ms = sum(float(count) * _UNIT_MS[unit] for count, unit in _PIECE.findall(value))
    else:
        wait_ms = _until_ms(value, now)
    if wait_ms is None or wait_ms > RESET_MS_MAX:
        return None
    return max(0, math.ceil(wait_ms))


def _bare_wait_ms(number: float, now: datetime, bare_ms: float) -> float:
    if number < _EPOCH_S:
        return number * bare_ms
    moment_ms = number if number >= _EPOCH_S * 1000 else number * 1000
    return moment_ms - now.timestamp() * 1000


def _until_ms(value: bytes, now: datetime) -> float | None:
    """From now until a moment of RFC 3339 (`2026-11-22T12:00:45Z`)."""
    try:
        moment = datetime.fromisoformat(value.decode("ascii"))
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - now).total_seconds() * 1000


def _utilisation(value: bytes | None) -> float | None:
    number = None if value is None else value.strip().removesuffix(b"%").strip()
    if number is None or not _BARE.fullmatch(number):
        return None
    share = float(number) / 100
    return share if share <= UTILISATION_MAX else None


def _committed(headers: Mapping[bytes, bytes]) -> float | None:
    """How much of committed capacity is in use, of input or output whichever is more."""
    shares: list[float] = []
    for name in PRIORITY:
        limit, left = _count(headers.get(name + b"limit")), _count(headers.get(name + b"remaining"))
        if limit and left is not None:
            shares.append(max(0.0, 1.0 - left / limit))
    return max(shares, default=None)
