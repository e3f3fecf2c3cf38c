"""What is supposed on a command line is read as it is written, or refused with its cure."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from detente.agreements.clauses.capacity import Capacity
from detente.canonical.failure import ClientFault
from detente.cli.whatif_terms import Changes, absent, changed, price_change, price_rows
from detente.configuration.located import LocatedErrors
from detente.replay.terms import Terms, terms_of
from detente.wiring import Setup
from tests.replay.test_ordered import PTU
from tests.replay.test_replaying import FIRST, NEXT, configured


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    return configured(tmp_path / "now", FIRST, PTU)


@pytest.fixture
def supposing(tmp_path: Path, setup: Setup) -> Callable[[Changes], Terms]:
    return lambda changes: changed(tmp_path / "now", setup, changes)


def test_nothing_supposed_is_what_there_is(
    setup: Setup, supposing: Callable[[Changes], Terms]
) -> None:
    assert supposing(Changes()) == terms_of(setup)


def test_each_change_is_made(
    tmp_path: Path, setup: Setup, supposing: Callable[[Changes], Terms]
) -> None:
    other = configured(tmp_path / "other", NEXT)
    assert supposing(Changes(other=tmp_path / "other")) == terms_of(other)
    folder = Changes(agreements=tmp_path / "other" / "agreements")
    assert supposing(folder).agreements.fingerprints == other.agreements.fingerprints
    assert supposing(Changes(without="host:microsoft")).without == "host:microsoft"
    sized = supposing(Changes(capacity=("ptu/units=7",)))
    assert [c.size for c in sized.agreements.clauses if isinstance(c, Capacity)] == [7]
    dear = supposing(Changes(prices=("openai/gpt-9@azure input=9",)))
    assert dear.world.cost_prices[0].meters["uncached_input_tokens"] == 9
    file = tmp_path / "p.toml"
    file.write_text('[[prices]]\nmodel = "openai/gpt-9"\ninput = 1\nsource = "s"\n')
    assert supposing(Changes(price_file=file)).world.cost_prices[0].source == "s"
    assert supposing(Changes(price_file=file)).world.cost_prices[1:] == setup.world.cost_prices


def test_a_price(setup: Setup) -> None:
    change = price_change("openai/gpt-9@azure input=4 cache_read=0.4 output=20", setup)
    assert (change.model, change.provider) == ("openai/gpt-9", "azure")
    assert change.meters == {
        "uncached_input_tokens": Decimal(4),
        "cache_read_tokens": Decimal("0.4"),
        "visible_output_tokens": Decimal(20),
    }


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("openai/gpt-9", "write `publisher/model@provider"),
        ("openai/gpt-9@azure", "write `publisher/model@provider"),
        ("openai/gpt-8@azure input=1", "did you mean `openai/gpt-9`"),
        ("openai/gpt-9@azur input=1", "did you mean `azure`"),
        ("openai/gpt-9@aws input=1", "has no deployment at `aws`"),
        ("openai/gpt-9@azure inptu=1", "did you mean `input`"),
        ("openai/gpt-9@azure input", "no amount"),
        ("openai/gpt-9@azure input=-1", "no amount"),
        ("openai/gpt-9@azure input=nan", "no amount"),
    ],
)
def test_a_wrong_price_is_told(setup: Setup, text: str, cure: str) -> None:
    with pytest.raises(ClientFault, match=cure):
        price_change(text, setup)


def test_a_wrong_price_file_is_located(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text('[[prices]]\nmodel = "m"\nimput = 1\nsource = "s"\n')
    with pytest.raises(LocatedErrors, match=r"p\.toml:3: unknown key `imput`"):
        price_rows(file)
    with pytest.raises(ClientFault, match="cannot read"):
        price_rows(tmp_path / "none.toml")


def test_only_costs_are_taken_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text('[[prices]]\nmodel = "m"\nside = "charge"\ninput = 1\nsource = "s"\n')
    assert price_rows(file) == ()


@pytest.mark.parametrize(
    ("changes", "cure"),
    [
        (Changes(capacity=("ptu/unit=3",)), "did you mean `ptu/units`"),
        (Changes(capacity=("ptu/units",)), "unknown capacity"),
        (Changes(capacity=("ptu/units=many",)), "no amount"),
        (Changes(agreements=Path("/nowhere")), "no folder"),
    ],
)
def test_wrong_changes_are_told(
    supposing: Callable[[Changes], Terms], changes: Changes, cure: str
) -> None:
    with pytest.raises(ClientFault, match=cure):
        supposing(changes)


def test_who_is_absent_has_to_be_clear(setup: Setup) -> None:
    assert absent("microsoft", setup.world) == "host:microsoft"
    with pytest.raises(ClientFault, match="say which"):
        absent("openai", setup.world)
    with pytest.raises(ClientFault, match="nobody is called `ibm`"):
        absent("ibm", setup.world)
