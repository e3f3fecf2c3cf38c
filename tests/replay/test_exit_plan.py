"""The evidence page: whole, harmless, alone in one file, and true to the evidence."""

from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.drill import DrillReport
from detente.replay.concentration import Amounts, AxisShares, Concentration, Share
from detente.replay.evidence import (
    Cause,
    Evidence,
    Function,
    InForce,
    LedgerRange,
    Move,
    Notice,
    Obstacle,
)
from detente.replay.exit_plan import page
from detente.replay.wording import cost_sentence, latency_sentence, seconds, sentence

AT = datetime(2026, 11, 22, 4, 15, 30, tzinfo=UTC)
ALL = Amounts(requests=1.0, tokens=1.0, cost=None)
EVIDENCE = Evidence(
    without="host:microsoft",
    at=AT,
    mode="live",
    requests=100,
    moved=97,
    failed=3,
    total=250,
    by="the operator",
    version="0.0",
    cut=("azure/gpt-4", "openai/gpt-4"),
    since=AT,
    until=None,
    unfinished=0,
    functions=(
        Function(
            project="shop",
            model="openai/gpt-4",
            requests=100,
            moved=97,
            failed=3,
            alternatives=("aws/gpt-4",),
        ),
    ),
    moves=(
        Move(
            model="openai/gpt-4",
            before="azure/gpt-4",
            after="aws/gpt-4",
            requests=97,
            cost_before_usd=Decimal("1.00"),
            cost_after_usd=Decimal("1.25"),
            unpriced=2,
            first_byte_before_ms=40.0,
        ),
    ),
    causes=(
        Cause(
            model="openai/gpt-4",
            requests=3,
            projects=("shop",),
            text="`openai/gpt-4` has no other deployment that may serve it: `a/sole`",
            change="from 2027-01-01, at `aws/gpt-4`",
            obstacles=(
                Obstacle(
                    deployment="aws/gpt-4",
                    rule="exclusive",
                    text="`a/sole` reserves it for `host:microsoft`",
                    clause="a/sole",
                    quote="sole cloud provider",
                ),
            ),
        ),
    ),
    concentration=Concentration(
        axes=(
            AxisShares(
                axis="host",
                shares=(
                    Share(
                        name="microsoft",
                        requests=250,
                        tokens=10,
                        cost_usd=Decimal(1),
                        cost_unknown=0,
                        share=ALL,
                    ),
                ),
                index=ALL,
            ),
        ),
        shared_hosts={"microsoft": ("azure", "openai")},
    ),
    notices=(
        Notice(
            agreement="a", clause="a/term", parties=("x", "y"), notice_days=90, quote="three months"
        ),
    ),
    agreements=(InForce(agreement="a", title="One cloud", fingerprint="f00d"),),
    ledger=LedgerRange(since=None, until=None, first_block=1, last_block=9, sha256="beef"),
)
EMPTY = Evidence(
    without="provider:far",
    at=AT,
    mode="recorded",
    requests=0,
    moved=0,
    failed=0,
    total=7,
    by="x",
    version="0.0",
    cut=(),
    concentration=Concentration(axes=()),
)
VOID = frozenset({"meta", "link", "br", "hr", "img"})


class Reader(HTMLParser):
    """What a browser would make of it: every element closed, no script, nothing from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        assert not {"src", "href", "onclick", "onload"} & {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(html: str) -> tuple[str, set[str]]:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return " ".join("".join(reader.text).split()), reader.seen


def test_everything_is_on_the_page() -> None:
    html = page(EVIDENCE)
    text, seen = read(html)
    assert html.startswith("<!doctype html>")
    assert not {"script", "iframe", "img", "link", "object"} & seen
    assert "@import" not in html
    assert "url(" not in html
    for fact in (
        "Without host:microsoft, 97 of 100 requests (97.0%) were served elsewhere, and 3 failed",
        "“sole cloud provider”",
        "a/sole reserves it for host:microsoft",
        "from 2027-01-01",
        "97 1.000000 1.250000 40.0 unknown".replace(" ", ""),
        "(+25.0%)",
        "not measured",
        "azure, openai stand on one host, microsoft",
        "three months",
        "f00d",
        "beef",
        "run by the operator",
        "without a claim of conformity",
        "Art. 28(8)",
    ):
        assert fact.replace(" ", "") in text.replace(" ", "")


def test_a_drill_that_touched_nobody_says_so() -> None:
    text, _ = read(page(EMPTY))
    assert "Nothing depended on provider:far: none of 7 requests went there" in text
    assert "Nothing failed." in text
    assert "no ledger was read" in text


@given(st.text(min_size=1))
def test_no_name_is_taken_as_markup(name: str) -> None:
    hostile = f"<script>{name}</script>"
    use = Function(project=hostile, model=hostile, requests=1, moved=0, failed=1)
    told = Cause(model=hostile, requests=1, projects=(hostile,), text=f"`{hostile}`", change=name)
    evidence = msgspec.structs.replace(EMPTY, by=hostile, functions=(use,), causes=(told,))
    _, seen = read(page(evidence))
    assert "script" not in seen


def test_the_report_is_read_from_the_evidence() -> None:
    data = msgspec.json.encode(EVIDENCE)
    report = msgspec.json.decode(data, type=DrillReport)
    assert (report.without, report.moved, report.failed) == ("host:microsoft", 97, 3)
    assert msgspec.json.decode(data, type=Evidence) == EVIDENCE


def test_the_sentences() -> None:
    assert sentence(EMPTY) == "nothing depended on `provider:far`: none of 7 requests went there"
    recorded = msgspec.structs.replace(EVIDENCE, mode="recorded", exit_takes_s=None)
    assert sentence(recorded).endswith("would have been served elsewhere, and 3 would have failed")
    quick = msgspec.structs.replace(EVIDENCE, failed=0, moved=100, exit_takes_s=0.0123)
    assert sentence(quick).endswith("and 0 failed; the switch took 12.3 ms")
    assert cost_sentence(EVIDENCE) == (
        "what moved cost $1.250000 in place of $1.000000 (+25.0%);"
        " 2 requests at an unknown price are not counted"
    )
    assert cost_sentence(EMPTY) is None
    hung = msgspec.structs.replace(EVIDENCE, failed=0, unfinished=3)
    assert sentence(hung).endswith("and 0 failed; 3 hung up or were still served there")


def test_latency_is_told_where_both_sides_were_measured() -> None:
    assert latency_sentence(EVIDENCE) is None
    (move,) = EVIDENCE.moves
    measured = msgspec.structs.replace(move, requests=60, first_byte_after_ms=100.0)
    slower = msgspec.structs.replace(measured, requests=20, first_byte_before_ms=80.0)
    told = msgspec.structs.replace(EVIDENCE, moves=(measured, slower, move))
    # 60 at 40 ms and 20 at 80 ms
    assert latency_sentence(told) == (
        "the first byte of what moved takes 100.0 ms in place of 50.0 ms;"
        " 17 requests went where none was measured"
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "unknown"), (0.0004, "0.4 ms"), (0.25, "250 ms"), (61.25, "61.2 s")],
)
def test_times_in_their_natural_unit(value: float | None, words: str) -> None:
    assert seconds(value) == words
