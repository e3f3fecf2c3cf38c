"""The texts that detectors are measured with."""

from bench.guardrails import CHARACTERS, clean_text, deltas, dense_text, measure, streamed
from detente.canonical.events import Delta
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


def test_a_stream_is_measured_that_masks_what_it_finds() -> None:
    events = deltas(dense_text())
    look, out = streamed(Screen(DETECTORS), events)
    text = "".join(event.text for event in out if isinstance(event, Delta))
    assert 400 < len(events) < 512
    assert text.count("[EMAIL]") == dense_text().count("ann.lee@example.com") > 1
    assert sum(one.count for one in look.screened) > 20
    look, out = streamed(Screen(DETECTORS), deltas(clean_text()), 40)
    assert "".join(event.text for event in out if isinstance(event, Delta)) == clean_text()
    assert look.screened == ()
