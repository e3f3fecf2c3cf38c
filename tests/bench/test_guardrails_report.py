"""The detectors' part of the table."""

import pytest

from bench.guardrails import Looks
from bench.guardrails_report import looks


@pytest.mark.parametrize(
    ("clean_us", "dense_us", "event_us", "met"),
    [
        (399.0, 1_499.0, 10.9, [True, True, True, True]),
        (401.0, 1_501.0, 12.1, [False, False, False, False]),
    ],
)
def test_figures_stand_beside_what_was_promised(
    clean_us: float, dense_us: float, event_us: float, met: list[bool]
) -> None:
    section = looks(
        Looks(
            clean_us=clean_us,
            dense_us=dense_us,
            clean_every_us=1.0,
            dense_every_us=2.0,
            dense_findings=7,
            each_us={"email": (1.0, 2.0)},
            event_us=event_us,
            event_every_us=event_us + 1,
            event_dense_us=30.0,
            event_due_us=5.0,
            event_call_us=7.0,
        )
    )
    judged = (section.rows[0], section.rows[1], section.rows[3], section.rows[4])
    assert [row.met for row in judged] == met
    assert section.rows[5].figure == "5.0, 30.0 and 7.0 µs"
    assert "7 findings" in section.rows[1].what
    assert "| email | 1 | 2 |" in section.details
