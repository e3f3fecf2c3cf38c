"""The page on commitments: what it writes loads, and prices as it says."""

import re
import shlex
from decimal import Decimal

import pytest

from detente.agreements import load
from detente.agreements.rates import contract_prices
from detente.canonical.model import Deployment
from detente.canonical.price import Price
from tests.cli.command import ended
from tests.tidy.project import ROOT

PAGE = ROOT / "docs" / "how-to" / "follow-commitments.md"
FIELDS = ROOT / "docs" / "reference" / "reports.md"


def test_the_agreement_of_the_page_loads_and_prices() -> None:
    found = re.search(r"(?s)```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"))
    assert found is not None
    agreements = load([("a.toml", found[1].encode())])
    place = Deployment(
        id="az/gpt-5",
        model="openai/gpt-5",
        provider="az",
        kind="azure",
        upstream_id="gpt-5",
        host="microsoft",
    )
    listed = Price(
        id="list",
        model="openai/gpt-5",
        provider="az",
        source="a page",
        meters={"uncached_input_tokens": Decimal("1.25"), "visible_output_tokens": Decimal(10)},
    )
    (row,) = contract_prices((listed,), (place,), agreements, ())
    assert row.meters == {
        "uncached_input_tokens": Decimal("1.10") * Decimal("0.96"),
        "visible_output_tokens": Decimal(10) * Decimal("0.96"),
    }


def test_the_commands_of_the_page_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    page = PAGE.read_text(encoding="utf-8").partition("<!-- run -->")[2]
    commands = re.findall(r"^\$ (detente .*)$", page, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        assert ended(shlex.split(command)[1:]) == 0
        assert capsys.readouterr().out.count("\n") > 4


@pytest.mark.parametrize(
    "name",
    ["commitments.Balance", "revenue_share.Accrual", "covenants.Promise", "terms.Notice"],
)
def test_the_reference_names_every_field(name: str) -> None:
    module, _, struct = name.partition(".")
    imported = __import__(f"detente.reports.{module}", fromlist=[struct])
    page = FIELDS.read_text(encoding="utf-8")
    for field in getattr(imported, struct).__struct_fields__:
        assert f"`{field}`" in page, field
