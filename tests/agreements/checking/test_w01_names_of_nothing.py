"""W01: names that nobody has."""

import pytest

from detente.agreements import AgreementSet, load
from detente.agreements.checking.report import CheckFinding
from detente.agreements.checking.survey import Survey
from detente.agreements.checking.w01_names_of_nothing import names_of_nothing
from tests.agreements.checking.worlds import agreements, place, world

WORLD = world(
    place("north", "big", model="openai/gpt-5.5"), place("south", "small", model="meta/llama-4")
)


def clause(keys: str, type_: str) -> AgreementSet:
    return agreements(a=f'\n[[clause]]\nid = "x"\ntype = "{type_}"\n{keys}\n')


def found(loaded: AgreementSet) -> list[CheckFinding]:
    return list(names_of_nothing(Survey(WORLD, loaded), ("shop", "research")))


@pytest.mark.parametrize(
    ("keys", "type_", "said"),
    [
        ('holder = "host:bigg"', "exclusive", "`holder` of `a/x` names `host:bigg`"),
        ('holder = "bigg"', "first_refusal", "did you mean `host:big`?"),
        ('leader = "north"\nfollower = "provider:north"\nlag_days = 1', "hold", "`leader`"),
        ('leader = "big"\nfollower = "kind:azure"\nlag_days = 1', "hold", "`follower`"),
        ('order = ["provider:nort"]', "prefer", "did you mean `provider:north`?"),
        ('size = 1\nunit = "ptu"\nspill_to = ["provider:east"]', "capacity", "`spill_to`"),
        ('event = "e"\nparty = "nobody"', "threshold", "`party`"),
        ('event = "e"\nparty = "big"\nverified_by = "panel"', "threshold", "`verified_by`"),
        ('event = "e"\nparty = "big"\ndeclared_by = ["x"]', "threshold", "`declared_by`"),
        ('payer = "openai"\npayee = "microsft"\nrate = 1', "revenue_share", "`payee`"),
        ('party = "smal"\ntext = "t"', "covenant", "did you mean `small`?"),
        ('scope = { model = "openai/gtp-5.5" }', "grant", "did you mean `openai/gpt-5.5`?"),
        ('scope = { publisher = "opnai" }', "grant", "`scope.publisher`"),
        ('scope = { host = "smalll" }', "grant", "`scope.host`"),
        ('scope = { provider = "nowhere" }', "grant", "which is not configured"),
        ('scope = { provider = "kind:azure" }', "grant", "`scope.provider`"),
        ('scope = { project = "shopp" }', "grant", "did you mean `shop`?"),
        ('amount = 1\neligible = { provider = "norht" }', "commit", "`eligible.provider`"),
        ('scope = { publisher = "meta", model = "openai/gpt-*" }', "grant", "can never match"),
        ('scope = { provider = "nor*", host = "small" }', "grant", "can never match"),
    ],
)
def test_a_name_of_nothing_is_told(keys: str, type_: str, said: str) -> None:
    loaded = clause(keys + ("\nuntil = 2027-01-01" if type_ == "commit" else ""), type_)
    (finding,) = found(loaded)
    assert (finding.code, finding.severity, finding.clauses) == ("W01", "warning", ("a/x",))
    assert finding.place == loaded.places["a/x"]
    assert said in finding.message


@pytest.mark.parametrize(
    ("keys", "type_"),
    [
        ('holder = ["big", "host:small", "kind:openai_compatible"]', "exclusive"),
        ('scope = { model = "openai/gpt-5.4", publisher = "openai" }', "grant"),
        ('scope = { model = "openai/*", provider = ["nor*", "provider:south"] }', "grant"),
        ('scope = { model = "mistral/large", publisher = "mistral" }', "grant"),
        ('scope = { host = "oracle", project = "sh?p" }', "grant"),
        ('scope = { publisher = ["meta", "openai"], model = "meta/llama-4" }', "grant"),
        ('scope = { provider = "north", host = "b*" }', "grant"),
        ('event = "e"\nparty = "big"\nverified_by = "small"', "threshold"),
    ],
)
def test_what_is_configured_or_may_be_some_day_is_not_told(keys: str, type_: str) -> None:
    assert not found(clause(keys, type_))


def test_a_party_of_the_agreement_is_somebody() -> None:
    text = (
        'id = "a"\nparties = ["panel", "oracle"]\nrecorded_at = 2025-01-01\n'
        '[[clause]]\nid = "x"\ntype = "threshold"\nevent = "e"\n'
        'party = "host:oracle"\nverified_by = "panel"\n'
    )
    assert not found(load([("a.toml", text.encode())]))
    assert len(found(load([("a.toml", text.replace('["panel", "oracle"]', "[]").encode())]))) == 2


def test_projects_that_are_not_known_are_not_missed() -> None:
    loaded = clause('scope = { project = "shopp" }', "grant")
    assert not list(names_of_nothing(Survey(WORLD, loaded)))
