"""Failures name who has to act, with a stable code and its status."""

import pytest

from detente.canonical.failure import (
    ERROR_STATUS,
    AgreementRefusal,
    Blame,
    ClientFault,
    Failure,
    Fault,
    OurBug,
    ProviderFault,
)


@pytest.mark.parametrize(
    ("kind", "blame"),
    [
        (ClientFault, "client"),
        (ProviderFault, "provider"),
        (AgreementRefusal, "agreement"),
        (OurBug, "ours"),
    ],
)
def test_an_exception_carries_its_failure(kind: type[Fault], blame: Blame) -> None:
    fault = kind("rate_limited", "too many; wait", retry_after_ms=5)
    assert fault.failure == Failure(
        code="rate_limited", message="too many; wait", blame=blame, status=429, retry_after_ms=5
    )
    assert str(fault) == "too many; wait"


def test_a_code_that_is_not_registered_is_a_bug() -> None:
    with pytest.raises(KeyError):
        ClientFault("nonsense", "x")


def test_every_code_has_an_error_status() -> None:
    assert all(400 <= status < 600 for status in ERROR_STATUS.values())


def test_a_refusal_is_what_carries_a_signal() -> None:
    failure = Failure(code="upstream_failed", message="x", blame="provider")
    assert not failure.is_refusal
    assert Failure(code="x", message="x", blame="provider", signal="429").is_refusal
