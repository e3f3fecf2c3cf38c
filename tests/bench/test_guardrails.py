"""The texts that detectors are measured with."""

from bench.guardrails import CHARACTERS, clean_text, dense_text, measure
from detente.guardrails.detectors import DETECTORS
from detente.guardrails.screening import Screen


def test_nothing_is_found_in_the_clean_text_and_much_in_the_dense_one() -> None:
    screen = Screen(DETECTORS)
    assert len(clean_text()) == len(dense_text()) == CHARACTERS
    assert screen.find(clean_text()) == []
    found = {one.category for one in screen.find(dense_text())}
    personal = {"email", "phone", "payment_card", "iban", "national_id", "ip_address"}
    assert personal | {"mac_address"} <= found


def test_every_detector_is_measured() -> None:
    found = measure(rounds=1)
    assert list(found.each_us) == [detector.name for detector in DETECTORS]
    assert 0 < found.clean_us < found.dense_us
    assert found.dense_findings > 20
