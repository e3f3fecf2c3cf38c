"""The table: figures, targets and verdicts."""

import pytest

from bench import report
from bench.latency import Added
from bench.machine import Memory
from bench.memory import Growth, PerStream
from bench.startup import Startup
from bench.streams import PerEvent
from bench.throughput import Ratio, Sample, Series


def series(name: str, requests: int, cpu_s: float) -> Series:
    sample = Sample(
        requests=requests, seconds=5, cpu_s=cpu_s, worker_s=cpu_s / 2, busy=1.0, caught_up_s=0.5
    )
    return Series(name=name, warm_up=sample, samples=(sample, sample))


@pytest.mark.parametrize(
    ("ratio", "met"),
    [
        (Ratio(wall=0.5, cpu=0.41), True),
        (Ratio(wall=0.5, cpu=0.39), False),
        (Ratio(wall=0.39, cpu=0.5), False),
    ],
)
def test_throughput_is_held_against_the_worse_ratio(ratio: Ratio, met: bool) -> None:
    both = [series("nginx", 100_000, 5), series("detente", 50_000, 5)]
    section = report.throughput("throughput per core", both, [ratio])
    assert [row.met for row in section.rows] == [met]
    assert section.details[-1] == "| detente | 10,000 | 100.0 | 50.0 | 100% | 2 | 0.5 |"


def test_only_the_gateway_and_only_without_tls_has_a_throughput_target() -> None:
    three = [series(name, 100, 1) for name in ("nginx", "detente", "other")]
    same = Ratio(wall=1, cpu=1)
    plain = report.throughput("throughput per core", three, [same, same])
    tls = report.throughput("throughput per core, TLS upstream", three[:2], [same])
    assert [row.met for row in plain.rows] == [True, None]
    assert [row.met for row in tls.rows] == [None]


@pytest.mark.parametrize(("entries", "met"), [(99, False), (100, True), (164, True), (165, False)])
def test_every_answer_has_an_entry_and_few_entries_have_no_answer(entries: int, met: bool) -> None:
    assert report.ledger(100, entries, 64).rows[0].met is met


def test_latency_is_judged_by_the_last_contestant() -> None:
    slow = Added(name="nginx", p50_ms=9, p99_ms=9, direct_p50_ms=0.1, direct_p99_ms=0.2, requests=1)
    ours = Added(
        name="detente", p50_ms=0.3, p99_ms=2.1, direct_p50_ms=0.1, direct_p99_ms=0.2, requests=1
    )
    assert [row.met for row in report.latency([slow, ours], 1000).rows] == [True, False]


@pytest.mark.parametrize(("ours_us", "met"), [(32.0, True), (32.2, False)])
def test_events_are_judged_beside_the_first_contestant(ours_us: float, met: bool) -> None:
    measured = [
        PerEvent(name="nginx", cpu_us=(20.0, 20.0), events=10),
        PerEvent(name="detente", cpu_us=(ours_us,), events=10),
    ]
    assert report.per_event(measured).rows[0].met is met


@pytest.mark.parametrize(("grown", "met"), [(40_000, True), (40_100, False)])
def test_memory_per_stream_counts_what_was_added(grown: int, met: bool) -> None:
    before = Memory(rss_bytes=1_000_000, pss_bytes=900_000)
    during = Memory(rss_bytes=1_000_000 + grown * 10, pss_bytes=900_000)
    measured = PerStream(streams=10, before=before, during=during)
    assert measured.rss_bytes_each == grown
    assert report.per_stream(measured).rows[0].met is met


@pytest.mark.parametrize(("late", "met"), [(1049, True), (1051, False), (900, True)])
def test_growth_is_relative_and_shrinking_is_fine(late: int, met: bool) -> None:
    measured = Growth(
        early_requests=10,
        early=Memory(rss_bytes=1000, pss_bytes=0),
        late_requests=20,
        late=Memory(rss_bytes=late, pss_bytes=0),
    )
    assert report.growth(measured).rows[0].met is met


def test_start_names_what_the_import_pulls_in() -> None:
    rows = report.startup(Startup(bare_ms=10, version_ms=19, foreign=("openai",))).rows
    assert [(row.figure, row.met) for row in rows] == [("1.90 \u00d7", True), ("openai", False)]


def test_the_page_has_the_machine_the_summary_and_the_details() -> None:
    section = report.per_stream(
        PerStream(
            streams=10,
            before=Memory(rss_bytes=0, pss_bytes=0),
            during=Memory(rss_bytes=500_000, pss_bytes=0),
        )
    )
    page = report.markdown("Results", [section], [("kernel", "Linux 6")], ("A remark.",))
    assert page.startswith("# Results\n")
    assert "- kernel: Linux 6\n" in page
    assert "A remark." in page
    assert "| resident memory per open stream, 10 streams | 50.0 KB | ≤ 40 KB | **no** |" in page
    assert "## open streams\n" in page
