"""No text makes a detector take more than time in proportion, whatever it is made of."""

import gc
import time
from collections.abc import Iterator

import pytest

from detente.guardrails.detector import Detector, Finding
from detente.guardrails.detectors.email import Email
from detente.guardrails.detectors.iban import Iban
from detente.guardrails.detectors.ip_address import IpAddress
from detente.guardrails.detectors.mac_address import MacAddress
from detente.guardrails.detectors.national_id import NationalId
from detente.guardrails.detectors.payment_card import PaymentCard
from detente.guardrails.detectors.phone import Phone
from detente.guardrails.screening import Screen

DETECTORS = (
    *(Email(), PaymentCard(), Iban(), NationalId(), IpAddress(), MacAddress()),
    Phone(("US", "DE", "FR")),
)
SIZES = (5_000, 40_000)
TIMES_MAX = 20.0
"""Eight times the text takes about eight times as long, sixty-four times where it is quadratic."""
LEAST_S = 0.001
LOOKS = 2

HOSTILE = (
    *("@", "a@", "a@a.", "a.", '"a@', "%40", "a" * 63 + ".", "-", "+", "("),
    *("123456(", "1   ", "0011", "+(1", "12345678A", "1234-12-"),
    *("1", "1 ", "1-", "1.", "12 ", "1234 ", "4111 ", "+1 ", "(0) ", "00 ", "1/", "()1"),
    *(":", "::", "a:", "aa:", "aa-", "1.1.", "aaaa.", "DE00", "DE 0", "de89 3704 ", "X1234567"),
    *("tel 415-555-0132 ", "tel ", "9" * 11 + " ", "2001:db8::1 ", "\u200b1", "\uff11", "\u0661 "),
)
"""Pieces that are repeated: beginnings of what is looked for that never end, or end always."""


def seconds(detector: Detector | Screen, text: str) -> float:
    """The least processor time of some looks."""
    times: list[float] = []
    for _ in range(LOOKS):
        began = time.process_time()
        list(detector.find(text))
        times.append(time.process_time() - began)
    return min(times)


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.name)
def test_time_is_in_proportion(detector: Detector) -> None:
    slow: dict[str, float] = {}
    gc.disable()
    try:
        for piece in HOSTILE:
            small, large = (piece * (size // len(piece)) for size in (SIZES[0], SIZES[-1]))
            least = max(seconds(detector, small), LEAST_S)
            ratio = seconds(detector, large) / least
            if ratio > TIMES_MAX:
                slow[piece] = ratio
    finally:
        gc.enable()
    assert slow == {}


def test_what_overlaps_is_told_in_time() -> None:
    screen = Screen(DETECTORS)
    small, large = ("tel +1 415-555-0132@a.de " * (size // 25) for size in (SIZES[0], SIZES[-1]))
    assert seconds(screen, large) / max(seconds(screen, small), LEAST_S) < TIMES_MAX


def test_a_detector_that_is_quadratic_would_be_seen() -> None:
    class Quadratic(Email):
        def find_folded(self, text: str) -> Iterator[Finding]:
            for at in range(0, len(text), 100):
                text[at:].count("x")
            return iter(())

    small, large = ("y" * size for size in (SIZES[0] * 4, SIZES[-1] * 4))
    assert seconds(Quadratic(), large) / max(seconds(Quadratic(), small), LEAST_S) > TIMES_MAX
