"""Scopes: labels add up, patterns only narrow."""

from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.principal import Key, Project, Scope
from detente.principals.scopes import EVERYTHING, Allowed, allowed_by, labels_by, scopes_of

PATTERNS = st.lists(st.sampled_from(("*", "a/*", "a/b", "*/b", "?/b", "[a]/b"))).map(tuple)
SCOPES = st.builds(
    Scope, models=st.none() | PATTERNS, deployments=st.none() | PATTERNS, labels=st.just(())
)
NAMES = st.sampled_from(("a/b", "a/c", "c/b", "[a]/b", ""))


@given(st.lists(SCOPES), SCOPES, NAMES)
def test_another_scope_only_narrows(scopes: list[Scope], more: Scope, name: str) -> None:
    wide, narrow = allowed_by(*scopes), allowed_by(*scopes, more)
    assert wide.admits_model(name) or not narrow.admits_model(name)
    assert wide.admits_deployment(name) or not narrow.admits_deployment(name)


@given(NAMES)
def test_silence_is_everything_and_an_empty_list_nothing(name: str) -> None:
    assert allowed_by(Scope()) == EVERYTHING
    assert EVERYTHING.is_everything
    assert EVERYTHING.admits_model(name)
    nothing = allowed_by(Scope(models=(), deployments=()))
    assert not nothing.is_everything
    assert not nothing.admits_model(name)
    assert not nothing.admits_deployment(name)


def test_patterns_are_of_one_kind() -> None:
    allowed = Allowed(models=(("openai/*",),), deployments=(("azure-*/gpt-?",),))
    assert allowed.admits_model("openai/gpt-4")
    assert not allowed.admits_model("OPENAI/gpt-4")
    assert allowed.admits_deployment("azure-eu/gpt-4")
    assert not allowed.admits_deployment("azure-eu/gpt-44")
    assert not Allowed(models=(("[o]penai/*",),)).admits_model("openai/gpt-4")


def test_the_narrowest_label_wins() -> None:
    organisation = Scope(labels=(("data", "public"), ("unit", "all")))
    project = Project(name="shop", scope=Scope(labels=(("data", "internal"),)))
    key = Key(name="app", project="shop", secrets=(), scope=Scope(labels=(("data", "secret"),)))
    scopes = scopes_of(organisation, project, key)
    assert labels_by(*scopes) == (("data", "secret"), ("unit", "all"))
    assert labels_by(*scopes[:2]) == (("data", "internal"), ("unit", "all"))
    assert scopes_of(organisation, None, None) == (organisation,)
