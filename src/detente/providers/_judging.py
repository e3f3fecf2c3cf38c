"""The meaning of errors that the platforms share; each kind adds its own words.

Statuses below 500 that speak of the request itself (400, 404, 413, 422, …) are the client's to
read. What speaks of our account or of their capacity is a `Failure` that may move on.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from detente.canonical.failure import ERROR_STATUS, Failure, RefusalSignal

RETRY_AFTER_MS_MAX: Final = 24 * 3600 * 1000
"""A wait beyond a day is not a wait."""

WAITS: Final = ((b"retry-after-ms", 1), (b"x-amz-retry-after", 1), (b"retry-after", 1000))
"""Where a wait stands, and how many milliseconds its unit has."""

OUT_OF_FUNDS: Final = frozenset(
    (
        "insufficient_quota",
        "billing_hard_limit_reached",
        "billing_not_active",
        "enforced_spend_limit_reached",
    )
)
"""Words of a 429 that waiting does not cure: the account's money, not the platform's capacity."""


class ErrorDetails(msgspec.Struct, gc=False):
    """Anthropic's own place for a code."""

    error_code: str | None = None


class ErrorCode(msgspec.Struct, gc=False):
    """The words that tell errors apart, wherever a platform puts them."""

    code: str | int | None = None
    type: str | None = None
    details: ErrorDetails | None = None


class ErrorBody(msgspec.Struct, gc=False):
    """`{"error": {...}}` as OpenAI, Azure and Anthropic answer."""

    error: ErrorCode | None = None


_DECODE: Final = msgspec.json.Decoder(ErrorBody).decode


def error_words(body: bytes) -> tuple[str, ...]:
    """The codes and the type in an error body, none where it is not of that shape."""
    try:
        error = _DECODE(body).error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ()
    if error is None:
        return ()
    detail = error.details.error_code if error.details is not None else None
    return tuple(str(word) for word in (error.code, error.type, detail) if word is not None)


def retry_after_ms(headers: Mapping[bytes, bytes]) -> int | None:
    """How long to wait, None where nobody says.

    From `retry-after-ms`, AWS's `x-amz-retry-after` in ms, or `retry-after` in seconds.
    """
    for name, factor in WAITS:
        try:
            value = float(headers[name])
        except (KeyError, ValueError):
            continue
        wait_ms = value * factor
        if 0 <= wait_ms <= RETRY_AFTER_MS_MAX:
            return int(wait_ms)
    return None


def common_judge(
    platform: str, status: int, headers: Mapping[bytes, bytes], body: bytes
) -> Failure | None:
    """The meaning that every HTTP API gives to a status; None is an answer for the client."""
    if status == 503 or (status == 429 and OUT_OF_FUNDS.isdisjoint(error_words(body))):
        return refused(platform, "503" if status == 503 else "429", status, headers)
    if status in (402, 429):
        said = "has no funds left on the account of its `api_key`; raise its limit or pay there"
        return failed(platform, said, status=429)
    if status in (401, 403):
        return failed(platform, "rejected the gateway's credentials; check its `api_key`")
    if status in (407, 408) or status >= 500:
        return failed(platform, f"failed with status {status}; try again")
    if 300 <= status < 400:
        return failed(platform, "answered with a redirect, which is not followed; check `base_url`")
    return None


def refused(
    platform: str,
    signal: RefusalSignal,
    status: int,
    headers: Mapping[bytes, bytes],
    *,
    wait_ms: int | None = None,
) -> Failure:
    """The platform said that it has no capacity for this request.

    `wait_ms` is how long it asks to wait where no header says so.
    """
    return Failure(
        code="upstream_failed",
        message=f"{platform} has no capacity for this request; try again later",
        blame="provider",
        status=status,
        signal=signal,
        retryable=True,
        retry_after_ms=wait_ms if (said := retry_after_ms(headers)) is None else said,
    )


def failed(platform: str, said: str, *, status: int | None = None) -> Failure:
    """The platform failed; another one may do better."""
    return Failure(
        code="upstream_failed",
        message=f"{platform} {said}",
        blame="provider",
        status=status or ERROR_STATUS["upstream_failed"],
        retryable=True,
    )
