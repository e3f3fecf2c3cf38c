"""The table shows what it is given: every deployment whole, every quote once."""

from decimal import Decimal
from io import StringIO

import msgspec
import pytest
from rich.console import Console

from detente.demo.show import story_table
from detente.demo.told import Told

ALLOWED = Told(
    at="2026-06-05",
    question="Wherever it is best?",
    outcome="allow",
    deployment="openai/gpt-5.5",
    clauses=("openai-api/direct-sale",),
    status=200,
    text=None,
    asked="gpt-5.5",
    request_id="req_1",
    decision_id="dec_1",
    cost_usd=Decimal("0.000405"),
    refusals=(),
    why_not=(),
    change=None,
)
DENIED = msgspec.structs.replace(
    ALLOWED,
    outcome="deny",
    deployment=None,
    clauses=(),
    status=403,
    cost_usd=None,
    why_not=("no live listing says so",),
    change="once a listing is recorded",
)


def shown(*steps: Told, width: int = 116) -> str:
    out = Console(file=StringIO(), width=width)
    out.print(story_table("title", steps, {"openai-api/direct-sale": "sold"}.get, width=width))
    assert isinstance(out.file, StringIO)
    return out.file.getvalue()


def test_an_answer_shows_who_why_and_what_it_cost() -> None:
    text = shown(ALLOWED)
    for part in ("2026-06-05", "✓ openai/gpt-5.5", "openai-api/direct-sale", "“sold”", "$0.000405"):
        assert part in text


def test_a_denial_shows_what_stood_in_the_way_and_what_would_turn_it() -> None:
    text = shown(DENIED)
    for part in ("✗ deny (403)", "no live listing says so", "possible once a listing is recorded"):
        assert part in text
    assert "$" not in text


def test_an_unknown_price_is_not_free() -> None:
    assert "unknown" in shown(msgspec.structs.replace(ALLOWED, cost_usd=None))


def test_a_refusal_stands_before_the_answer() -> None:
    refused = msgspec.structs.replace(ALLOWED, refusals=(("azure/gpt-5.5", "429"),))
    text = shown(refused)
    assert text.index("↷ azure/gpt-5.5") < text.index("refused: 429")
    assert text.index("refused: 429") < text.index("✓ openai/gpt-5.5")


def test_dates_and_quotes_are_shown_once() -> None:
    text = shown(ALLOWED, ALLOWED)
    assert text.count("2026-06-05") == 1
    assert text.count("“sold”") == 1
    assert text.count("openai-api/direct-sale") == 2


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_any_terminal_shows_all_of_a_deployment_s_name(width: int) -> None:
    long = msgspec.structs.replace(ALLOWED, deployment="self-hosted/smollm2-135m-instruct")
    text = shown(long, width=width)
    assert all(len(line) <= width for line in text.splitlines())
    column = "".join(line.split("│")[3].strip() for line in text.splitlines() if "│" in line)
    assert "self-hosted/smollm2-135m-instruct" in column


def test_real_text_is_shown_where_there_is_some() -> None:
    assert "Paris." in shown(msgspec.structs.replace(ALLOWED, text=" Paris. "))
