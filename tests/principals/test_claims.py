"""Claims are checked against the time, the issuer and the audience, and become a caller."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.failure import ClientFault, Failure
from detente.principals.claims import (
    EXPIRED,
    NOT_YET,
    SUBJECT_CHARACTERS_MAX,
    ClaimRules,
    TokenIdentity,
    identity_of,
)

NOW = 1_800_000_000
US = 1_000_000
RULES = ClaimRules(
    identity="entra",
    issuer="https://id.example/",
    audience="api://detente",
    project="shop",
    clock_skew_us=60 * US,
)


def claims(**changed: object) -> dict[str, object]:
    usual: dict[str, object] = {
        "iss": "https://id.example/",
        "aud": "api://detente",
        "sub": "ann@example.com",
        "exp": NOW + 600,
    }
    return {name: value for name, value in {**usual, **changed}.items() if value is not None}


def identity(found: dict[str, object], **changed: Any) -> TokenIdentity:
    return identity_of(found, msgspec.structs.replace(RULES, **changed), NOW * US)


def refused(found: dict[str, object], **changed: Any) -> str:
    with pytest.raises(ClientFault) as fault:
        identity(found, **changed)
    assert fault.value.failure.code == "key_invalid"
    return str(fault.value)


def test_a_sound_token_says_who_calls() -> None:
    found = identity(claims())
    assert found == TokenIdentity(
        name=found.name, project="shop", labels=(), role=None, expires_us=(NOW + 660) * US
    )


@pytest.mark.parametrize(
    "issuer", ["https://id.example", "https://id.example//", "HTTPS://id.example/", 7, None, ["x"]]
)
def test_the_issuer_has_to_be_equal_to_the_last_character(issuer: object) -> None:
    assert "another issuer" in refused(claims(iss=issuer))


@pytest.mark.parametrize("audience", ["api://detente", ["x", "api://detente"], ["api://detente"]])
def test_the_audience_may_stand_alone_or_among_others(audience: object) -> None:
    assert identity(claims(aud=audience)).project == "shop"


@pytest.mark.parametrize(
    "audience", ["api://detent", "API://DETENTE", ["api://other"], [], {}, 7, None, "", [[]]]
)
def test_another_audience_is_refused(audience: object) -> None:
    assert "`[identity.entra]`" in refused(claims(aud=audience))


def test_dates_count_with_what_clocks_may_be_apart() -> None:
    assert identity(claims(exp=NOW - 59)).expires_us == (NOW + 1) * US
    assert refused(claims(exp=NOW - 60)) == EXPIRED
    assert refused(claims(exp=NOW), clock_skew_us=0) == EXPIRED
    for name in ("nbf", "iat"):
        assert identity(claims(**{name: NOW + 60}))
        assert refused(claims(**{name: NOW + 61})) == NOT_YET
    assert identity(claims(exp=NOW + 0.5), clock_skew_us=0).expires_us == NOW * US + US // 2


@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
@pytest.mark.parametrize(
    "value", ["1800000000", True, [], {}, 1e300, float("inf"), float("nan"), -(1 << 41), 1 << 99]
)
def test_what_is_no_date_is_refused(name: str, value: object) -> None:
    assert f"`{name}`" in refused(claims(**{name: value}))


@pytest.mark.parametrize("proof", [{"jkt": "x"}, {"x5t#S256": "x"}, {}, False])
def test_a_token_that_is_bound_to_its_holder_is_no_bearer_token(proof: object) -> None:
    assert "`cnf`" in refused(claims(cnf=proof))


def test_a_token_without_an_end_is_refused() -> None:
    assert "`exp`" in refused(claims(exp=None))


def test_the_name_shows_no_subject_unless_its_claim_was_chosen() -> None:
    hidden = identity(claims()).name
    assert hidden.startswith("token:entra:")
    assert "ann" not in hidden
    assert hidden != identity(claims(sub="bob@example.com")).name
    assert hidden == identity(claims(exp=NOW + 9)).name
    shown = {"subject_shown": True, "subject_claim": "email"}
    assert identity(claims(email="a@b.example"), **shown).name == "token:entra:a@b.example"


@pytest.mark.parametrize("subject", ["x" * 500, "a\nb", "ü" * 3, "\ud800"])
def test_a_shown_subject_is_short_printable_and_told_apart(subject: str) -> None:
    shown = {"subject_shown": True}
    name = identity(claims(sub=subject), **shown).name
    assert len(name) <= len("token:entra:") + SUBJECT_CHARACTERS_MAX
    assert name.isascii()
    assert name.isprintable()
    assert name != identity(claims(sub=subject + "x"), **shown).name


@pytest.mark.parametrize("subject", [None, "", True, [], {}])
def test_somebody_has_to_be_named(subject: object) -> None:
    assert "`sub`" in refused(claims(sub=subject))


def test_a_claim_is_named_as_it_stands_or_by_its_path() -> None:
    rules = {"project_claim": "https://x.example/team"}
    assert identity(claims(**{"https://x.example/team": "lab"}), **rules).project == "lab"
    found = claims(realm={"team": {"name": "lab"}}, **{"realm.team": {"name": "no"}})
    assert identity(found, project_claim="realm.team.name").project == "lab"
    assert identity(claims(realm="x"), project_claim="realm.team.name").project == "shop"


def test_the_claim_names_the_project_and_may_be_renamed() -> None:
    rules: dict[str, Any] = {"project_claim": "team", "projects": {"g-1": "shop", "g-2": "lab"}}
    assert identity(claims(team="g-2"), **rules).project == "lab"
    assert identity(claims(team=["x", "g-2", "g-2"]), **rules).project == "lab"
    for other in ("other", "lab", ["other"], ["x", "y"], [], [7, None]):
        assert identity(claims(team=other), **rules).project == "shop"
        assert identity(claims(team=other), **rules, project=None).project is None
    assert identity(claims(), project=None).project is None
    assert "several projects" in refused(claims(team=["g-1", "g-2"]), **rules)
    as_it_stands = {"project_claim": "team"}
    assert identity(claims(team="other"), **as_it_stands).project == "other"
    assert identity(claims(team=["other"]), **as_it_stands).project == "other"
    assert identity(claims(team=[]), **as_it_stands).project == "shop"
    assert "several projects" in refused(claims(team=["a", "b"]), **as_it_stands)
    assert "`team`" in refused(claims(team={"a": 1}), **rules)


def test_labels_come_from_claims_and_a_bad_one_refuses() -> None:
    rules: dict[str, Any] = {"labels": {"acr": "assurance", "tenant": "tenant", "vip": "vip"}}
    found = identity(claims(tenant=7, acr="high", vip=True), **rules)
    assert found.labels == (("assurance", "high"), ("tenant", "7"), ("vip", "true"))
    assert identity(claims(acr="high"), **rules).labels == (("assurance", "high"),)
    for bad in (["a"], {"a": 1}, 1.5, "", "a\nb", "x" * 201):
        assert "`acr`" in refused(claims(acr=bad), **rules)


def test_the_role_is_the_one_that_allows_most() -> None:
    rules: dict[str, Any] = {
        "role_claim": "roles",
        "roles": {"ai.read": "auditor", "ai.run": "operator", "ai.all": "owner"},
    }
    assert identity(claims(roles=["x", "ai.read", "ai.run"]), **rules).role == "operator"
    assert identity(claims(roles="ai.read ai.all"), **rules).role == "owner"
    assert identity(claims(roles="AI.ALL"), **rules).role is None
    assert identity(claims(roles=[{"ai.all": 1}, 7, None]), **rules).role is None
    assert identity(claims(), **rules).role is None
    assert identity(claims(roles="owner")).role is None


@given(
    st.dictionaries(
        st.sampled_from(["iss", "aud", "sub", "exp", "nbf", "iat", "team", "roles"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.text(max_size=3), inner, max_size=3)
            ),
            max_leaves=6,
        ),
    )
)
def test_whatever_is_claimed_is_refused_or_holds(found: dict[str, object]) -> None:
    rules = msgspec.structs.replace(
        RULES, project_claim="team", role_claim="roles", labels={"team": "team"}
    )
    said = outcome({**claims(), **found}, rules)
    if isinstance(said, Failure):
        assert said.code == "key_invalid"
    else:
        assert said.expires_us > NOW * US
        assert said.name.startswith("token:entra:")


def outcome(found: dict[str, object], rules: ClaimRules) -> TokenIdentity | Failure:
    try:
        return identity_of(found, rules, NOW * US)
    except ClientFault as fault:
        return fault.failure
