"""The detectors' part of the table."""

import pytest

from bench.guardrails import Looks
from bench.guardrails_report import looks


@pytest.mark.parametrize(
    ("clean_us", "dense_us", "met"),
    [(399.0, 1_499.0, [True, True]), (401.0, 1_501.0, [False, False])],
)
def test_figures_stand_beside_what_was_promised(
    clean_us: float, dense_us: float, met: list[bool]
) -> None:
    section = looks(
        Looks(
            clean_us=clean_us,
            dense_us=dense_us,
            clean_every_us=1.0,
            dense_every_us=2.0,
            dense_findings=7,
            each_us={"email": (1.0, 2.0)},
        )
    )
    assert [row.met for row in section.rows[:2]] == met
    assert "7 findings" in section.rows[1].what
    assert "| email | 1 | 2 |" in section.details
