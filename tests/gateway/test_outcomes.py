"""What the ledger says of requests that ended in a failure."""

import pytest

from detente.canonical.entry import EntryOutcome
from detente.canonical.failure import (
    ERROR_STATUS,
    AgreementRefusal,
    ClientFault,
    Failure,
    Fault,
    OurBug,
    ProviderFault,
)
from detente.gateway.outcomes import LIMITS_OF_OURS, of_last, of_refusal


@pytest.mark.parametrize("code", LIMITS_OF_OURS)
def test_what_the_gateway_understood_and_does_not_allow_is_denied(code: str) -> None:
    assert of_refusal(ClientFault(code, "no").failure, "failed") == "denied"


@pytest.mark.parametrize("code", sorted(ERROR_STATUS.keys() - set(LIMITS_OF_OURS)))
def test_what_else_a_client_did_wrong_is_invalid(code: str) -> None:
    assert of_refusal(ClientFault(code, "no").failure, "failed") == "invalid"


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (AgreementRefusal("agreement_denied", "no"), "denied"),
        (ProviderFault("upstream_failed", "no"), "failed"),
        (OurBug("internal_error", "no"), "failed"),
    ],
)
def test_whose_fault_it_was_decides_the_rest(fault: Fault, outcome: EntryOutcome) -> None:
    assert of_refusal(fault.failure, "failed") == outcome


def test_an_outcome_of_before_stays_where_it_was_nobody_elses_fault() -> None:
    assert of_refusal(OurBug("internal_error", "no").failure, "client_gone") == "client_gone"


@pytest.mark.parametrize(
    ("failure", "outcome"),
    [
        (Failure(code="upstream_failed", message="no", blame="provider", signal="429"), "refused"),
        (Failure(code="guardrail_blocked", message="no", blame="client"), "denied"),
        (Failure(code="upstream_failed", message="no", blame="provider"), "failed"),
    ],
)
def test_the_last_failure_names_the_end(failure: Failure, outcome: EntryOutcome) -> None:
    assert of_last(failure) == outcome
