"""What a term of money speaks of: every key of a scope, and facts that nobody supplied."""

import pytest

from detente.agreements.reckoning import speaks_of_deployment, speaks_of_request
from detente.agreements.scope import Scope
from tests.agreements.scenes import at_place

PLACE = at_place("azure-eu", "microsoft", kind="azure", region="westeurope", tier="gt", zone="eu")


@pytest.mark.parametrize(
    ("scope", "speaks"),
    [
        (Scope(), True),
        (Scope(publisher="openai"), True),
        (Scope(publisher="anthropic"), False),
        (Scope(model="openai/*"), True),
        (Scope(model="openai/gpt-5"), False),
        (Scope(provider="kind:azure"), True),
        (Scope(provider=("kind:openai", "provider:azure-*")), True),
        (Scope(provider="azure"), False),
        (Scope(host=("microsoft", "amazon")), True),
        (Scope(host="amazon"), False),
        (Scope(region="west*", zone="eu", tier="g?"), True),
        (Scope(zone="us"), False),
        (Scope(interface="embedding", project="x"), True),
    ],
)
def test_deployments(scope: Scope, *, speaks: bool) -> None:
    assert speaks_of_deployment(scope, PLACE) is speaks


def test_a_fact_nobody_supplied_is_not_in_scope() -> None:
    assert not speaks_of_deployment(Scope(region="*"), at_place("azure", "microsoft"))


def test_requests() -> None:
    labels = (("data", "internal"),)
    assert speaks_of_request(Scope(), None, None, ())
    assert speaks_of_request(Scope(project="a*"), None, "app", ())
    assert not speaks_of_request(Scope(project="a*"), None, None, ())
    assert speaks_of_request(Scope(labels={"data": ("internal", "public")}), None, None, labels)
    assert not speaks_of_request(Scope(labels={"data": "public"}), None, None, labels)
    assert speaks_of_request(Scope(interface="embedding"), "embedding", None, ())
    assert not speaks_of_request(Scope(interface="embedding"), None, None, ())
