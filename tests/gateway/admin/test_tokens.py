"""A token whose claim says a role asks the admin API; every other is refused with a reason."""

import time
from collections.abc import Generator
from datetime import UTC, datetime, timedelta

import pytest
from tests.token_issuer import AUDIENCE, TokenIssuer, rsa_key, running_issuer, signed

from detente.configuration.callers import IdentityProvider
from detente.gateway.admin.access import Asker, NotKnown
from detente.gateway.admin.tokens import askers_of
from detente.gateway.callers.bearer import Verifier
from detente.gateway.callers.issuer_keys import IssuerKeys


@pytest.fixture(scope="module")
def issuer() -> Generator[TokenIssuer]:
    with running_issuer() as running:
        yield running


def asked(
    issuer: TokenIssuer, presented: str, *, told: bool = True, at: datetime | None = None
) -> Asker | None:
    keys = IssuerKeys(lambda _: None)
    if told:
        keys.told("id", issuer.url, issuer.jwks, time.time_ns() // 1000)
    provider = IdentityProvider(
        issuer=issuer.url,
        audience=AUDIENCE,
        project_claim="team",
        role_claim="roles",
        roles={"run": "operator", "team": "member"},
    )
    verifier = Verifier({"id": provider}, keys)
    return askers_of(lambda: verifier)(presented.encode(), at or datetime.now(UTC))


def test_a_role_makes_an_asker(issuer: TokenIssuer) -> None:
    found = asked(issuer, issuer.token(roles=["run"], team="shop"))
    assert found is not None
    assert (found.role, found.project) == ("operator", None)
    assert found.name.startswith("token:id:")


def test_a_member_has_a_project(issuer: TokenIssuer) -> None:
    found = asked(issuer, issuer.token(roles=["team"], team="shop"))
    assert found is not None
    assert (found.role, found.project) == ("member", "shop")
    with pytest.raises(NotKnown, match="no role"):
        asked(issuer, issuer.token(roles=["team"]))


def test_what_is_no_token_is_left_to_keys(issuer: TokenIssuer) -> None:
    assert asked(issuer, "dt-" + "x" * 43) is None


def test_a_token_that_does_not_hold_says_why(issuer: TokenIssuer) -> None:
    good = issuer.token(roles=["run"])
    later = datetime.now(UTC) + timedelta(hours=2)
    with pytest.raises(NotKnown, match="expired"):
        asked(issuer, good, at=later)
    with pytest.raises(NotKnown, match="no role"):
        asked(issuer, issuer.token())
    with pytest.raises(NotKnown, match="signature"):
        asked(issuer, signed(issuer.claims(roles=["run"]), rsa_key(1), "one"))
    with pytest.raises(NotKnown, match="not known here yet"):
        asked(issuer, good, told=False)
