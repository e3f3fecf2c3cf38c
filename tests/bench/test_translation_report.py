"""The slowest pair is held against the target, and every pair is in a table."""

import msgspec

from bench.translation import Figures, Translated
from bench.translation_report import translation
from bench.translation_workload import DIALECTS

ALIKE: Figures = {(client, upstream): 1.0 for client in DIALECTS for upstream in DIALECTS}
FAST = Translated(
    plain_us=ALIKE,
    tools_us=ALIKE,
    event_us=ALIKE,
    burst_us=ALIKE,
    images_ms=ALIKE,
    images_copies=ALIKE,
)


def test_one_slow_pair_misses_the_target() -> None:
    slow: Figures = {**ALIKE, ("gemini_generate", "bedrock_converse"): 150.1}
    rows = translation(msgspec.structs.replace(FAST, plain_us=slow)).rows
    assert [row.met for row in rows] == [False, True, True, True, True, None]
    assert rows[0].figure == "150.1 µs (gemini_generate to bedrock_converse)"
    assert rows[0].target == "≤ 150 µs"


def test_every_pair_is_in_the_details() -> None:
    details = translation(FAST).details
    for name in DIALECTS:
        assert any(line.startswith(f"| {name} | 1.0 | 1.0 |") for line in details)
