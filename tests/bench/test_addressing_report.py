"""The slowest kind counts, and every kind is shown."""

import pytest

from bench.addressing import Addressed
from bench.addressing_report import addressing


@pytest.mark.parametrize(("cpu_us", "met"), [(80.0, True), (80.1, False)])
def test_the_target(cpu_us: float, met: bool) -> None:
    figures = (
        Addressed(kind="a", dialect="openai_chat", signs=True, cpu_us=cpu_us),
        Addressed(kind="b", dialect="cohere_chat", signs=False, cpu_us=10.1),
    )
    section = addressing(figures, rsa_us=270.4)
    assert [row.met for row in section.rows] == [met, False]
    assert section.rows[0].figure == f"{cpu_us:.1f} µs (a)"
    text = "\n".join(section.details)
    assert "cohere_chat" in text
    assert "270 µs" in text
