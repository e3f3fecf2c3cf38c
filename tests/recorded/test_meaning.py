"""Every recorded error and limit header has its meaning, in two tables.

`ERRORS` says what each recorded error is about; `LIMITS` what becomes of each recorded header that
speaks of limits. An error or a header that no line tells fails, and so does a line for which there
is none.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from detente.canonical.failure import BLAME, FailureKind
from detente.canonical.headroom import Headroom
from detente.providers import KINDS
from detente.providers._error_body import read_error
from detente.providers._judging import kind_of
from tests.conftest import Recorded, recorded_folder

NOW: Final = datetime(2024, 4, 7, 7, 30, 0, tzinfo=UTC)
OWN: Final = {kind.name: kind for kind in KINDS}
OF_HOST: Final = {"api.cohere.com": "cohere", "api.mistral.ai": "mistral"}
"""Platforms that the records know by their host."""

ERRORS: Final[tuple[tuple[str, int, str, FailureKind, int], ...]] = (
    ("anthropic", 400, "This model does not support effort level", "request", 1),
    ("anthropic", 404, "model: claude-", "model_unknown", 2),
    ("azure", 401, "invalid subscription key", "credentials", 4),
    ("azure", 404, "DeploymentNotFound", "model_unknown", 3),
    ("bedrock", 400, "The provided model identifier is invalid.", "model_unknown", 2),
    ("bedrock", 400, "doesn't support the", "request", 3),
    ("bedrock", 400, "doesn't support counting tokens", "request", 1),
    ("bedrock", 400, "source.type: Field required", "request", 1),
    ("bedrock", 400, "tools.0: Input tag", "request", 1),
    ("gemini", 404, "is not found for API version", "model_unknown", 3),
    ("openai", 400, "Error while downloading", "request", 1),
    ("openai", 400, "Invalid ", "request", 5),
    ("openai", 400, "Unsupported value", "request", 1),
    ("openai", 400, "The requested model 'gpt-5.2-proo' does not exist", "model_unknown", 1),
    ("openai", 404, "The model `nonexistent` does not exist", "model_unknown", 1),
    ("openrouter.ai", 429, "Provider returned error", "capacity", 3),
    ("vertex", 400, "Cannot fetch content", "request", 1),
)
"""Platform, status, what the error says, what it is about, how many were recorded."""

NOT_HEADROOM: Final = {
    "retry-after": "a wait: the failure's `retry_after_ms`",
    "x-ms-is-spilled-over": "whether, and not from where",
    "x-ratelimit-abusepenalty-active": "not a limit",
    "x-ratelimit-renewalperiod-requests": "how long the window is",
    "x-ratelimit-renewalperiod-tokens": "the same",
    "x-ratelimit-tokens-query-cost": "what this request took",
    "x-ratelimit-limit-input-images": "images are not counted here",
    "x-ratelimit-remaining-input-images": "the same",
    "x-ratelimit-reset-input-images": "the same",
}
"""Recorded headers that say nothing of headroom, and why."""

LIMITS: Final[dict[str, str]] = {
    **{
        f"anthropic-ratelimit-{what}-{end}": f"{what.replace('-', '_')}_{end}{unit}"
        for what in ("requests", "tokens", "input-tokens", "output-tokens")
        for end, unit in (("limit", ""), ("remaining", ""), ("reset", "_ms"))
    },
    **{
        f"x-ratelimit-{end}-{what}": f"{what}_{end}{unit}"
        for what in ("requests", "tokens")
        for end, unit in (("limit", ""), ("remaining", ""), ("reset", "_ms"))
    },
    "x-ratelimit-limit": "requests_limit",
    "x-ratelimit-remaining": "requests_remaining",
    "x-ratelimit-reset": "requests_reset_ms",
    "x-ratelimit-limit-req-10-second": "requests_limit",
    "x-ratelimit-remaining-req-10-second": "requests_remaining",
    "x-ratelimit-limit-tokens-minute": "tokens_limit",
    "x-ratelimit-remaining-tokens-minute": "tokens_remaining",
    "x-ratelimit-limit-tokens-month": "tokens_limit",
    "x-ratelimit-remaining-tokens-month": "tokens_remaining",
    "x-trial-endpoint-call-limit": "requests_limit",
    "x-trial-endpoint-call-remaining": "requests_remaining",
    "x-endpoint-monthly-call-limit": "requests_limit",
}
"""Recorded headers, and the member of a `Headroom` that each becomes."""

SPEAKS_OF_LIMITS: Final = re.compile("rate|limit|remain|reset|quota|utiliz|retry|spill")

EXAMPLES: Final[tuple[tuple[str, str, Headroom], ...]] = (
    (
        "openai",
        "x-ratelimit-reset-requests",
        Headroom(
            requests_limit=5000,
            requests_remaining=4999,
            requests_reset_ms=12,
            tokens_limit=5000000,
            tokens_remaining=4999992,
            tokens_reset_ms=0,
        ),
    ),
    (
        "azure",
        "x-ratelimit-reset-requests",
        Headroom(
            requests_limit=120,
            requests_remaining=119,
            requests_reset_ms=500,
            tokens_limit=120000,
            tokens_remaining=119986,
            tokens_reset_ms=7,
        ),
    ),
    (
        "anthropic",
        "anthropic-ratelimit-tokens-reset",
        Headroom(
            requests_limit=5,
            requests_remaining=5,
            requests_reset_ms=60_000,
            tokens_limit=10000,
            tokens_remaining=10000,
            tokens_reset_ms=60_000,
        ),
    ),
    (
        "api.mistral.ai",
        "x-ratelimit-limit-req-10-second",
        Headroom(
            requests_limit=60,
            requests_remaining=58,
            tokens_limit=20000000,
            tokens_remaining=19999958,
        ),
    ),
    (
        "api.groq.com",
        "x-ratelimit-reset-requests",
        Headroom(
            requests_limit=14400,
            requests_remaining=14397,
            requests_reset_ms=17_400,
            tokens_limit=30000,
            tokens_remaining=29987,
            tokens_reset_ms=26,
        ),
    ),
    (
        "api.together.xyz",
        "x-ratelimit-reset",
        Headroom(requests_limit=2, requests_remaining=1, requests_reset_ms=2000),
    ),
    (
        "api.cohere.com",
        "x-trial-endpoint-call-limit",
        Headroom(requests_limit=20, requests_remaining=17),
    ),
)
"""The first recorded answer of a platform that has a header, read whole."""

Row = dict[str, Any]


@pytest.fixture(scope="module")
def rows(recorded: Recorded) -> list[Row]:
    """Every recorded exchange."""
    names = sorted(path.name.partition(".")[0] for path in Path(recorded_folder()).glob("*.gz"))
    return [row for name in names for row in recorded(name)] or recorded("openai-chat")


def headers_of(row: Row) -> dict[bytes, bytes]:
    return {
        name.lower().encode(): value.encode() for name, value in row["response"]["headers"].items()
    }


def kind_name(row: Row) -> str:
    """The kind of provider that a recorded platform is."""
    platform = str(row["platform"])
    name = OF_HOST.get(platform, platform)
    return name if name in OWN else "openai_compatible"


def errors(rows: list[Row]) -> Iterator[tuple[Row, int, bytes]]:
    for row in rows:
        status = row["response"]["status"]
        if status >= 300:
            yield row, status, (row["response"].get("text") or "").encode()


def test_every_recorded_error_has_its_meaning(rows: list[Row]) -> None:
    met: Counter[tuple[str, int, str]] = Counter()
    for row, status, body in errors(rows):
        told = [
            line
            for line in ERRORS
            if line[:2] == (row["platform"], status) and line[2].encode() in body
        ]
        assert len(told) == 1, (row["id"], status, body[:200], told)
        platform, _, said, kind, _ = told[0]
        met[platform, status, said] += 1
        assert kind_of(status, read_error(body)) == kind, row["id"]
        failure = OWN[kind_name(row)].judge(status, headers_of(row), body)
        if BLAME[kind] == "client":
            assert failure is None, row["id"]
            continue
        assert failure is not None, row["id"]
        assert (failure.kind, failure.blame) == (kind, BLAME[kind]), row["id"]
        assert failure.retryable, row["id"]
        assert failure.is_refusal is (kind == "capacity"), row["id"]
        assert "; " in failure.message, row["id"]
    assert met == Counter({line[:3]: line[4] for line in ERRORS})


def test_what_was_answered_is_no_failure(rows: list[Row]) -> None:
    for row in rows:
        if row["response"]["status"] < 300:
            judge = OWN[kind_name(row)].judge
            assert judge(row["response"]["status"], headers_of(row), b"") is None, row["id"]


def test_every_recorded_limit_header_has_its_place(rows: list[Row]) -> None:
    met: set[str] = set()
    for row in rows:
        for name, value in headers_of(row).items():
            if not SPEAKS_OF_LIMITS.search(name.decode()):
                continue
            met.add(name.decode())
            alone = OWN[kind_name(row)].headroom({name: value}, moment_of(row))
            if name.decode() in NOT_HEADROOM:
                assert alone is None, (row["id"], name)
            else:
                assert alone is not None, (row["id"], name)
                assert getattr(alone, LIMITS[name.decode()]) is not None, (row["id"], name)
    assert met == set(LIMITS) | set(NOT_HEADROOM)


@pytest.mark.parametrize(
    ("platform", "header", "headroom"), EXAMPLES, ids=lambda one: str(one)[:20]
)
def test_a_recorded_answer_is_read_whole(
    rows: list[Row], platform: str, header: str, headroom: Headroom
) -> None:
    found = next(
        row for row in rows if row["platform"] == platform and header.encode() in headers_of(row)
    )
    assert OWN[kind_name(found)].headroom(headers_of(found), NOW) == headroom


def test_nothing_is_left_that_was_said(rows: list[Row]) -> None:
    """What remains is never more than the limit, and nothing resets later than within a day."""
    bound = timedelta(days=1) // timedelta(milliseconds=1)
    for row in rows:
        now = moment_of(row)
        found = OWN[kind_name(row)].headroom(headers_of(row), now)
        if found is None:
            continue
        share = found.share_left
        assert share is None or 0 <= share <= 1, row["id"]
        for reset_ms in (found.requests_reset_ms, found.tokens_reset_ms):
            assert reset_ms is None or reset_ms <= bound, row["id"]


def test_a_refusal_waits_no_longer_than_its_platform_says(rows: list[Row]) -> None:
    """Recorded refusals name no wait; recorded limits, once used up, name theirs and no longer."""
    waits: Counter[str] = Counter()
    for row in rows:
        headers, headroom = headers_of(row), OWN[kind_name(row)].headroom
        now = moment_of(row)
        said = headroom(headers, now)
        if row["response"]["status"] == 429:
            assert said is None or said.wait_ms is None, row["id"]
        used_up = {name: b"0" if b"remaining" in name else headers[name] for name in headers}
        left = headroom(used_up, now)
        if said is None or left is None or left.wait_ms is None:
            continue
        resets = (said.requests_reset_ms, said.tokens_reset_ms)
        resets += (said.input_tokens_reset_ms, said.output_tokens_reset_ms)
        assert left.wait_ms <= max(reset for reset in resets if reset is not None), row["id"]
        waits[str(row["platform"])] += 1
    assert set(waits) >= {"openai", "azure", "anthropic", "api.groq.com", "api.together.xyz"}


def moment_of(row: Row) -> datetime:
    """About when it was recorded, as its own moments tell; else any time."""
    resets = [v for k, v in headers_of(row).items() if k.endswith(b"-reset") and b"T" in v]
    parse: Callable[[str], datetime] = datetime.fromisoformat
    return min((parse(value.decode()) for value in resets), default=NOW)
