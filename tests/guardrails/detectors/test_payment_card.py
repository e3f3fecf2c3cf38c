"""Numbers of payment cards and what only looks like one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.guardrails.detectors.payment_card import PaymentCard, passes_luhn


def found(text: str) -> list[str]:
    return [text[one.start : one.end] for one in PaymentCard().find(text)]


NUMBERS = (
    *("4111111111111111", "4222222222222", "5555555555554444", "2223003122003222"),
    *("378282246310005", "6011111111111117", "30569309025904", "3530111333300000"),
    *("6200000000000005", "6759649826438453", "2200000000000004"),
)
"""Test numbers that networks and processors publish."""


@pytest.mark.parametrize("number", NUMBERS)
def test_every_network(number: str) -> None:
    assert found(f"pay with {number}, please") == [number]
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert found(f"pay with {wrong}, please") == []


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("4111 1111 1111 1111", ["4111 1111 1111 1111"]),
        ("2026-11-22 4111-1111-1111-1111.", ["4111-1111-1111-1111"]),
        ("2026 4111 1111 1111 1111", ["4111 1111 1111 1111"]),
        ("3782 822463 10005", ["3782 822463 10005"]),
        ("card_4111111111111111", ["4111111111111111"]),
        ("4111\u00a01111\u00a01111\u00a01111", ["4111\u00a01111\u00a01111\u00a01111"]),
        ("4111\u200b111111111111", ["4111\u200b111111111111"]),
        ("\u5361\u53f74111111111111111\u3002", ["4111111111111111"]),
        ("\u0664111111111111111", ["\u0664111111111111111"]),
    ],
)
def test_spellings(text: str, numbers: list[str]) -> None:
    assert found(text) == numbers


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1112", "411111111111111", "41111111111111111111", "0.4111111111111111",
        "a4111111111111111", "4111111111111111f", "4111 1111-1111 1111", "4111  1111 1111 1111",
        "0000000000000000", "1234567890123452", "4111111111111111.5", "41 11 11 11 11 11 11 11",
    ],
)  # fmt: skip
def test_what_only_looks_like_one(text: str) -> None:
    assert found(text) == []


@given(st.text("0123456789", min_size=1, max_size=30), st.integers(1, 9), st.data())
def test_luhn_sees_every_changed_digit(digits: str, by: int, data: st.DataObject) -> None:
    check = next(one for one in "0123456789" if passes_luhn(digits + one))
    number = digits + check
    at = data.draw(st.integers(0, len(number) - 1))
    changed = str((int(number[at]) + by) % 10)
    assert not passes_luhn(number[:at] + changed + number[at + 1 :])
