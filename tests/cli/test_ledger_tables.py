"""Amounts read as people write them, and what is not known never reads as zero."""

import io
from decimal import Decimal

import msgspec
import pytest
from rich.console import Console

from detente.canonical.entry import LedgerEntry
from detente.canonical.guardrail import Screened
from detente.canonical.safety import SafetySignal
from detente.canonical.usage import Usage
from detente.cli.ledger_tables import entries_table, entry_text, sums_table, usd
from detente.ledger.entries import entry_of
from detente.ledger.store.reading import SumRow
from tests.ledger.records import intent, settlement


def shown(thing: object, width: int = 200) -> str:
    written = io.StringIO()
    Console(width=width, file=written).print(thing)
    return written.getvalue()


def entry() -> LedgerEntry:
    return entry_of(intent("r"), settlement("r"))


def test_a_narrow_terminal_cuts_no_number() -> None:
    usage = Usage(uncached_input_tokens=123_456, visible_output_tokens=7_890)
    long = msgspec.structs.replace(
        entry(), usage=usage, cost_usd=Decimal("1.234567"), total_ms=123_456.7
    )
    text = shown(entries_table([long], header=True), 80)
    assert "123456+7890" in text
    assert "1.234567" in text
    assert "123456.7" in text
    assert "…" not in text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Decimal("0.002400000000"), "0.0024"),
        (Decimal("1.000000000000"), "1.00"),
        (Decimal(12), "12.00"),
        (Decimal("0E-12"), "0.00"),
        (Decimal("1E+3"), "1000.00"),
        (Decimal("0.000000000001"), "0.000000000001"),
    ],
)
def test_dollars_have_two_decimals_or_as_many_as_they_need(amount: Decimal, text: str) -> None:
    assert usd(amount, unknown=True) == text


def test_what_is_not_known_is_not_zero() -> None:
    assert usd(None, unknown=True) == "unknown"
    assert usd(None, unknown=False) == "-"


def test_markup_in_a_name_is_text() -> None:
    odd = msgspec.structs.replace(entry(), project="[red]x[/red]", model="[/]")
    for text in (shown(entries_table([odd], header=True)), shown(entry_text(odd))):
        assert "[red]x[/red]" in text
        assert "[/]" in text


@pytest.mark.parametrize(
    ("cost", "text"),
    [("0.0024009", " 0.002401 "), ("0.0000001", " <0.000001 "), ("0E-12", " 0.00 ")],
)
def test_a_line_shows_cost_to_a_microdollar(cost: str, text: str) -> None:
    one = msgspec.structs.replace(entry(), cost_usd=Decimal(cost))
    assert text in shown(entries_table([one], header=True))


def test_a_rehearsed_request_is_marked() -> None:
    rehearsed = msgspec.structs.replace(entry(), rehearsed=True)
    assert "⟲" in shown(entries_table([rehearsed], header=False))
    assert "⟲" not in shown(entries_table([entry()], header=False))


def test_a_request_without_attempts_shows_its_error() -> None:
    denied = msgspec.structs.replace(
        entry(), attempts=(), deployment=None, outcome="denied", error="agreement_denied"
    )
    text = shown(entry_text(denied))
    assert "agreement_denied" in text
    assert "attempts" not in text


def test_an_unknown_part_of_a_sum_is_said() -> None:
    row = SumRow(
        group={"model": None},
        requests=3,
        input_tokens=1_000,
        output_tokens=2,
        cost_usd=Decimal("0.5"),
        cost_unknown=2,
        charge_usd=None,
        charge_unknown=3,
    )
    text = shown(sums_table(("model",), [row]))
    assert "0.50 + 2 unknown" in text
    assert "1,000" in text


def test_what_policies_found_is_told() -> None:
    email = Screened(
        policy="pii", stage="input", detector="email", category="email", treatment="mask", count=3
    )
    failed = Screened(
        policy="", stage="output", detector="azure", category="detector_failed", treatment="flag",
        count=0,
    )  # fmt: skip
    text = shown(entry_text(msgspec.structs.replace(entry(), screened=(email, failed))))
    assert "input mask: 3 email by email (policy pii)" in text
    assert "output flag: detector_failed by azure (the platform's own)" in text
    assert "screened" not in shown(entry_text(entry()))


def test_safety_signals_and_the_clients_try_are_told() -> None:
    hate = SafetySignal(
        stage="output", action="blocked", category="hate", severity=3, source="azure", raw="hate"
    )
    refusal = SafetySignal(
        stage="output", action="model_refusal", category="other", source="openai"
    )
    text = shown(entry_text(msgspec.structs.replace(entry(), safety=(hate, refusal), client_try=3)))
    assert "output blocked: hate, severity 3 of 3 (azure: hate)" in text
    assert "output model refusal: other (openai)" in text
    assert "3 of its own" in text
    plain = shown(entry_text(entry()))
    assert "safety" not in plain
    assert "client's try" not in plain
