"""Every platform's limit headers become one reading; nonsense is unknown, never an error."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.headroom import Headroom
from detente.providers import ProviderKind, kinds
from detente.providers._headroom import (
    COUNTS,
    PRIORITY,
    RESETS,
    SPILLED,
    UTILISATION,
    read_azure_headroom,
    read_headroom,
)

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
NAMES = (
    *(name for names in (*COUNTS.values(), *RESETS.values()) for name in names),
    *(name + end for name in PRIORITY for end in (b"limit", b"remaining")),
    UTILISATION,
    SPILLED,
)


@pytest.mark.parametrize(
    ("value", "reset_ms"),
    [
        (b"6ms", 6),
        (b"0s", 0),
        (b"1m30s", 90_000),
        (b"2h3m", 7_380_000),
        (b"1d", 86_400_000),
        (b"6m0s", 360_000),
        (b"17.399999999s", 17_400),
        (b"500us", 1),
        ("1.5µs".encode(), 1),
        (b"10ns", 1),
        (b"12", 12_000),
        (b"0.25", 250),
        (b"1795348805", 5_000),
        (b"1795348805250", 5_250),
        (b"1795348795", 0),
        (b"2026-11-22T12:00:45Z", 45_000),
        (b"2026-11-22T12:00:45", 45_000),
        (b"2026-11-22T13:00:45+01:00", 45_000),
        (b"2026-11-22T11:00:00Z", 0),
        (b"3999-11-22T11:00:00Z", None),
        (b"99999999999d", None),
        (b"soon", None),
        (b"-5", None),
        (b"1m30", None),
        (b"nan", None),
        (b"inf", None),
        (b"", None),
        (b"\xff", None),
        (b"9" * 400, None),
        (b"1s" * 200, None),
    ],
)
def test_resets(value: bytes, reset_ms: int | None) -> None:
    found = read_headroom({b"x-ratelimit-reset-requests": value}, NOW)
    assert (None if found is None else found.requests_reset_ms) == reset_ms


def test_azure_counts_in_milliseconds() -> None:
    headers = {b"x-ratelimit-reset-requests": b"500", b"x-ratelimit-reset-tokens": b"1s"}
    assert read_azure_headroom(headers, NOW) == Headroom(
        requests_reset_ms=500, tokens_reset_ms=1000
    )


@pytest.mark.parametrize(
    ("value", "count"),
    [
        (b"60", 60),
        (b" 60 ", 60),
        (b"29987.5", 29987),
        (b"100;w=60", 100),
        (b"5, 5;w=1, 100;w=60", 5),
        (b"-1", None),
        (b"many", None),
        (b"", None),
        (b"9" * 16, None),
    ],
)
def test_counts(value: bytes, count: int | None) -> None:
    found = read_headroom({b"x-ratelimit-limit-requests": value}, NOW)
    assert (None if found is None else found.requests_limit) == count


@pytest.mark.parametrize(
    ("headers", "share"),
    [
        ({UTILISATION: b"42.5%"}, 0.425),
        ({UTILISATION: b"100"}, 1.0),
        ({UTILISATION: b"130 %"}, 1.3),
        ({UTILISATION: b"much"}, None),
        ({UTILISATION: b"1" * 15}, None),
        ({PRIORITY[0] + b"limit": b"100", PRIORITY[0] + b"remaining": b"25"}, 0.75),
        (
            {
                PRIORITY[0] + b"limit": b"100",
                PRIORITY[0] + b"remaining": b"75",
                PRIORITY[1] + b"limit": b"10",
                PRIORITY[1] + b"remaining": b"1",
            },
            0.9,
        ),
        ({PRIORITY[0] + b"limit": b"0", PRIORITY[0] + b"remaining": b"0"}, None),
        ({PRIORITY[0] + b"limit": b"9"}, None),
    ],
)
def test_provisioned_capacity(headers: dict[bytes, bytes], share: float | None) -> None:
    found = read_headroom(headers, NOW)
    assert (None if found is None else found.provisioned_utilisation) == share


def test_a_request_that_spilled_over_names_where_from() -> None:
    headers = {SPILLED: b"ptu-east", b"x-ms-spillover-error": b"429"}
    assert read_azure_headroom(headers, NOW) == Headroom(spilled_from="ptu-east")


def test_the_shorter_window_counts() -> None:
    headers = {
        b"x-ratelimit-limit-tokens-month": b"1000",
        b"x-ratelimit-limit-tokens-minute": b"10",
        b"x-ratelimit-remaining-tokens-minute": b"9",
    }
    assert read_headroom(headers, NOW) == Headroom(tokens_limit=10, tokens_remaining=9)


def test_a_moment_counts_from_now_wherever_now_is() -> None:
    east = NOW.astimezone(timezone(timedelta(hours=9)))
    headers = {b"anthropic-ratelimit-requests-reset": b"2026-11-22T12:00:01Z"}
    assert read_headroom(headers, east) == Headroom(requests_reset_ms=1000)


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.name)
def test_no_limits_are_no_headroom(kind: ProviderKind) -> None:
    assert kind.headroom({b"content-type": b"application/json"}, NOW) is None
    assert kind.headroom({b"x-ratelimit-remaining-requests": b"1"}, NOW) is not None


values = st.one_of(
    st.binary(max_size=40),
    st.from_regex(rb"[0-9.]{1,20}(ms|s|m|h|d)?", fullmatch=True),
    st.datetimes().map(lambda moment: moment.isoformat().encode()),
)


@given(st.dictionaries(st.sampled_from(NAMES), values), st.sampled_from([1.0, 1000.0]))
def test_anything_can_be_read(headers: dict[bytes, bytes], unit: float) -> None:
    found = (read_headroom if unit == 1.0 else read_azure_headroom)(headers, NOW)
    if found is not None:
        numbers = [value for value in found.__rich_repr__() if isinstance(value[1], int | float)]
        assert all(number >= 0 for _, number in numbers)
