"""A replay's figures stand beside what was promised, in proportion to the ledger's length."""

from msgspec.structs import replace

from bench.whatif import Replayed, Replays
from bench.whatif_report import replays

RUN = Replayed(what="nothing changed", mode="by class", wall_s=5.9, cpu_s=11.0, differences=0)
FOUND = Replays(requests=1_000_000, runs=(RUN,), memory_mb=55.0)


def test_a_million_has_a_tenth_of_the_time() -> None:
    rows = replays(FOUND).rows
    assert [row.met for row in rows] == [True, True, True]
    assert rows[0].target == "≤ 6 s"


def test_what_is_missed_is_told() -> None:
    slow = replace(RUN, wall_s=6.1, differences=1)
    rows = replays(replace(FOUND, runs=(slow,), memory_mb=501.0)).rows
    assert [row.met for row in rows] == [False, False, False]
