"""What is counted, as its parts tell it."""

from pathlib import Path

from detente.gateway.link.messages import Counted, Hello
from detente.gateway.link.server import LinkServer
from detente.gateway.measures.metrics import CLASSES_MAX, OTHER, Figures, added
from detente.ledger.store.batch import Class
from detente.ledger.store.ingest import IngestReport


def one_class(project: str | None, model: str | None = "a/m") -> Class:
    return ("answered", 200, False, "k", project, (), model, "p/x", "d1")


def figures_of() -> Figures:
    return Figures()


def test_entries_are_counted_by_how_they_ended() -> None:
    figures, shop = figures_of(), one_class("shop")
    figures.entered(
        IngestReport(entries=3, open=2, orphans=1, classes=((1, shop, 2), (2, one_class(None), 1)))
    )
    figures.entered(IngestReport(entries=4, interrupted=1, classes=((1, shop, 4),)))
    assert figures.requests == {
        ("answered", "200", "shop", "a/m", "p/x"): 6,
        ("answered", "200", "", "a/m", "p/x"): 1,
    }
    assert (figures.entries, figures.open, figures.orphans, figures.interrupted) == (7, 0, 1, 1)


def test_series_are_bounded() -> None:
    figures = figures_of()
    classes = tuple((number, one_class(f"p{number}"), 1) for number in range(CLASSES_MAX + 50))
    figures.entered(IngestReport(classes=classes))
    assert len(figures.requests) == CLASSES_MAX + 1
    assert figures.requests[("answered", OTHER, OTHER, OTHER, OTHER)] == 50


def test_another_ledger_numbers_otherwise() -> None:
    figures = figures_of()
    figures.entered(IngestReport(classes=((1, one_class("shop"), 2),)))
    figures.entered(IngestReport(classes=((1, one_class("desk"), 3),)))
    assert figures.requests == {
        ("answered", "200", "shop", "a/m", "p/x"): 2,
        ("answered", "200", "desk", "a/m", "p/x"): 3,
    }


def test_findings_are_counted_and_bounded() -> None:
    figures = figures_of()
    email = ("p", "email", "mask", "input")
    figures.entered(IngestReport(findings={email: 2}))
    figures.entered(IngestReport(findings={email: 3}))
    assert figures.findings == {email: 5}
    many = {("p", f"c{number}", "flag", "output"): 1 for number in range(CLASSES_MAX + 9)}
    figures.entered(IngestReport(findings=many))
    figures.entered(IngestReport(findings={email: 1}))
    assert len(figures.findings) == CLASSES_MAX + 1
    assert figures.findings[(OTHER, OTHER, OTHER, OTHER)] == 10
    assert figures.findings[email] == 6


def test_what_purses_counted_outlives_them(tmp_path: Path) -> None:
    figures = figures_of()
    links = LinkServer(tmp_path)
    figures.attach(links)

    def hello(holder: str) -> Hello:
        greeted = Hello(worker="w0", holder=holder)
        figures.greeted(greeted)
        return greeted

    first = hello("w0-1")
    figures.counted(first, Counted(worker="w0", asks=1, refused={"rate_limited key": 2}))
    figures.counted(first, Counted(worker="w0", asks=3, refused={"rate_limited key": 3}))
    figures.greeted(first)  # the link broke, the worker lives
    assert (figures.leases().asks, figures.restarts) == (3, {})
    figures.counted(first, Counted(worker="w0", asks=3, refused={"rate_limited key": 3}, held=5))
    assert figures.held() == 5
    second = hello("w0-2")
    assert figures.held() == 0  # what a worker holds ends with it
    figures.counted(second, Counted(worker="w0", asks=10, held=2))
    assert figures.held() == 2
    assert figures.leases().asks == 13
    assert figures.leases().refused == {"rate_limited key": 3}
    assert figures.restarts == {"w0": 1}


def test_sums() -> None:
    one = Counted(
        worker="a", asks=1, reserved=2, waited=3, refused={"x": 1}, excess_requests=4,
        excess_pico_usd=5, excess_tokens=6,
    )  # fmt: skip
    assert added(one, one) == Counted(
        worker="", asks=2, reserved=4, waited=6, refused={"x": 2}, excess_requests=8,
        excess_pico_usd=10, excess_tokens=12,
    )  # fmt: skip


def test_the_backlog_is_what_the_folder_holds(tmp_path: Path) -> None:
    assert figures_of().backlog_bytes() == 0
    assert Figures(tmp_path / "none").backlog_bytes() == 0
    (tmp_path / "a").write_bytes(b"x" * 10)
    (tmp_path / "b").write_bytes(b"x" * 5)
    assert Figures(tmp_path).backlog_bytes() == 15
