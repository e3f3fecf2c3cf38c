"""Drills on recorded traffic: who was affected, what moved at what cost, what failed and why."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from detente.canonical.price import Price
from detente.replay.drill import RecordedDrill, recorded_drill
from detente.replay.terms import terms_of
from detente.wiring import Setup, load
from tests.ledger.records import START_US
from tests.replay.rehearsed import Asked, rehearsed

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "openai-microsoft"
JUNE_2024 = datetime(2024, 6, 1, tzinfo=UTC)
ENROLLED = (("enrolled", "azure-openai aws-openai-preview"),)
SECONDS = 1_000_000
PLAIN = """
[providers.near]
kind = "openai_compatible"
base_url = "http://127.0.0.1:1/v1"
host = "one"

[providers.far]
kind = "openai_compatible"
base_url = "http://127.0.0.1:2/v1"
host = "two"

[models."a/both"]
deployments = [{ provider = "near", id = "both" }, { provider = "far", id = "both" }]

[models."a/alone"]
deployments = [{ provider = "near", id = "alone" }]

[models."b/far"]
deployments = [{ provider = "far", id = "far" }]

[[prices]]
model = "*"
provider = "near"
input = 1
output = 2
source = "the test's own"

[[prices]]
model = "*"
provider = "far"
input = 3
output = 4
source = "the test's own"
"""


def plain(folder: Path, more: str = "") -> Setup:
    file = folder / "detente.toml"
    file.write_text(PLAIN + more)
    return load(file)


def drilled(folder: Path, setup: Setup, asked: list[Asked], without: str) -> RecordedDrill:
    ledger = rehearsed(folder / "state", setup, asked)
    return recorded_drill(ledger, terms_of(setup), without)


@pytest.fixture(scope="module", name="alliance")
def _alliance() -> Setup:
    return load(EXAMPLE)


# Question 15 of the documents: 2024, who remains without Azure, and without Microsoft's machines.


def azure_first(setup: Setup) -> Setup:
    """The same world with Azure the cheaper of the two, so that traffic had gone there."""
    cheap = Price(
        id="cheap",
        model="openai/gpt-4",
        provider="azure",
        meters={name: Decimal(1) for name in ("uncached_input_tokens", "visible_output_tokens")},
        source="the test's own",
    )
    world = msgspec.structs.replace(setup.world, cost_prices=(cheap, *setup.world.cost_prices))
    return msgspec.structs.replace(setup, world=world)


def test_in_2024_without_azure_only_the_direct_api_remains(alliance: Setup, tmp_path: Path) -> None:
    asked = [Asked(model="openai/gpt-4", at=JUNE_2024, labels=ENROLLED) for _ in range(10)]
    found = drilled(tmp_path, azure_first(alliance), asked, "provider:azure")
    assert (found.findings.requests, found.findings.moves, found.findings.failures) == (10, 10, 0)
    (use,) = found.findings.functions()
    assert use.alternatives == ("openai/gpt-4",)


def test_in_2024_without_the_direct_api_only_azure_remains(alliance: Setup, tmp_path: Path) -> None:
    asked = [Asked(model="openai/gpt-4", at=JUNE_2024, labels=ENROLLED) for _ in range(10)]
    found = drilled(tmp_path, alliance, asked, "provider:openai")
    assert (found.findings.requests, found.findings.moves, found.findings.failures) == (10, 10, 0)
    (move,) = found.findings.moves_between(found.first_byte_ms)
    assert (move.before, move.after) == ("openai/gpt-4", "azure/gpt-4")
    (use,) = found.findings.functions()
    assert (use.project, use.model, use.alternatives) == ("demo", "openai/gpt-4", ("azure/gpt-4",))


def test_in_2024_without_microsofts_machines_nothing_remains_and_the_clause_is_named(
    alliance: Setup, tmp_path: Path
) -> None:
    asked = [Asked(model="openai/gpt-4", at=JUNE_2024, labels=ENROLLED) for _ in range(10)]
    found = drilled(tmp_path, alliance, asked, "host:microsoft")
    assert (found.findings.requests, found.findings.moves, found.findings.failures) == (10, 0, 10)
    (cause,) = found.findings.causes()
    assert (cause.requests, cause.projects) == (10, ("demo",))
    assert "openai-microsoft-2019/sole-cloud" in cause.clauses
    quotes = {o.clause: o.quote for o in cause.obstacles}
    quote = quotes["openai-microsoft-2019/sole-cloud"]
    assert quote is not None
    assert "Azure serving as OpenAI’s sole cloud provider" in quote  # noqa: RUF001  (the document's own apostrophe)
    assert {o.deployment for o in cause.obstacles} == {"aws/openai.gpt-4"}
    assert cause.change is not None
    assert cause.change.startswith("from 2026-04-27 and once a grant is recorded")


# By hand.


def test_moves_and_their_costs(tmp_path: Path) -> None:
    setup = plain(tmp_path)
    asked = [Asked(model="a/both", at=JUNE_2024, project="shop") for _ in range(4)]
    asked += [Asked(model="a/alone", at=JUNE_2024, project="desk") for _ in range(3)]
    asked += [Asked(model="b/far", at=JUNE_2024) for _ in range(2)]
    found = drilled(tmp_path, setup, asked, "provider:near")
    findings = found.findings
    assert (found.total, findings.requests, findings.moves, findings.failures) == (9, 7, 4, 3)
    (move,) = findings.moves_between(found.first_byte_ms)
    # a thousand tokens each way: (1 + 2) / 1000 there, (3 + 4) / 1000 elsewhere, four times
    assert (move.cost_before_usd, move.cost_after_usd) == (Decimal("0.012"), Decimal("0.028"))
    assert (move.requests, move.unpriced) == (4, 0)
    (cause,) = findings.causes()
    assert (cause.text, cause.projects) == ("`a/alone` has no other deployment", ("desk",))
    assert cause.change == "with a deployment of `a/alone` elsewhere"
    assert [(f.project, f.model, f.failed) for f in findings.functions()] == [
        ("desk", "a/alone", 3),
        ("shop", "a/both", 0),
    ]


def test_a_price_that_is_unknown_elsewhere_makes_nothing_cheaper(tmp_path: Path) -> None:
    plain(tmp_path)
    file = tmp_path / "detente.toml"
    file.write_text(file.read_text().rpartition("[[prices]]")[0])  # none at `far`
    asked = [Asked(model="a/both", at=JUNE_2024) for _ in range(4)]
    found = drilled(tmp_path, load(tmp_path), asked, "provider:near")
    (move,) = found.findings.moves_between({})
    assert (move.requests, move.unpriced) == (4, 4)
    assert (move.cost_before_usd, move.cost_after_usd) == (0, 0)


@pytest.mark.parametrize(
    ("without", "affected"),
    [("host:one", 2), ("publisher:a", 2), ("publisher:b", 1), ("host:two", 1)],
)
def test_who_is_affected(tmp_path: Path, without: str, affected: int) -> None:
    asked = [Asked(model=model, at=JUNE_2024) for model in ("a/both", "a/alone", "b/far")]
    found = drilled(tmp_path, plain(tmp_path), asked, without)
    assert found.findings.requests == affected


def test_what_is_usual_is_told_and_what_was_never_used_is_not(tmp_path: Path) -> None:
    plain(tmp_path)
    text = (tmp_path / "detente.toml").read_text()
    renamed = text.replace("near", "openai").replace("far", "azure").replace("b/azure", "b/far")
    (tmp_path / "detente.toml").write_text(renamed)
    setup = load(tmp_path)
    asked = [Asked(model="a/both", at=JUNE_2024)]
    found = drilled(tmp_path, setup, asked, "provider:openai")
    (move,) = found.findings.moves_between(found.first_byte_ms)
    assert (move.first_byte_before_ms, move.first_byte_after_ms) == (40.0, None)


def test_only_the_time_that_is_meant(tmp_path: Path) -> None:
    setup = plain(tmp_path)
    asked = [Asked(model="a/both", at=JUNE_2024) for _ in range(10)]
    ledger = rehearsed(tmp_path / "state", setup, asked)
    found = recorded_drill(
        ledger,
        terms_of(setup),
        "provider:near",
        since_us=START_US + 2 * SECONDS,
        until_us=START_US + 5 * SECONDS,
    )
    assert (found.total, found.findings.requests) == (3, 3)


def test_nobody_depends_on_who_was_never_used(tmp_path: Path) -> None:
    asked = [Asked(model="a/both", at=JUNE_2024)]
    found = drilled(tmp_path, plain(tmp_path), asked, "provider:far")
    assert (found.total, found.findings.requests, found.findings.causes()) == (1, 0, ())


def test_what_was_denied_then_is_not_the_drills_failure(alliance: Setup, tmp_path: Path) -> None:
    asked = [Asked(model="openai/gpt-oss-120b", at=JUNE_2024)]
    found = drilled(tmp_path, alliance, asked, "host:microsoft")
    assert (found.total, found.findings.requests) == (1, 0)


FIRST = """
id = "a"
recorded_at = 2026-01-01

[[clause]]
id = "first"
type = "first_refusal"
holder = "provider:near"
signals = [{signals}]
respond_within = "2s"
default = "refused"
"""


@pytest.mark.parametrize(("signals", "failed"), [('"429"', 1), ('"429", "unreachable"', 0)])
def test_who_is_gone_refuses_only_where_the_clause_counts_that(
    tmp_path: Path, signals: str, failed: int
) -> None:
    (tmp_path / "agreements").mkdir()
    (tmp_path / "agreements" / "a.toml").write_text(FIRST.replace("{signals}", signals))
    setup = plain(tmp_path, '\n[agreements]\npath = "agreements"\n')
    asked = [Asked(model="a/both", at=datetime(2026, 6, 1, tzinfo=UTC))]
    drill = drilled(tmp_path, setup, asked, "provider:near")
    assert (drill.findings.failures, drill.findings.moves) == (failed, 1 - failed)
    for cause in drill.findings.causes():
        assert cause.clauses == ("a/first",)
