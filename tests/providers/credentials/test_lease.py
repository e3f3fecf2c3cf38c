"""Leases show no secret; what a chain cannot do it says with the cure."""

import logging
import sys
from datetime import UTC, datetime

import pytest
from rich.pretty import pretty_repr

from detente.providers import Credentials
from detente.providers._rsa import RsaCredentials
from detente.providers.credentials import CHAINS, ChainSettings, CredentialError, Lease
from detente.providers.credentials.lease import (
    CHARACTERS_MAX,
    Credential,
    check_sendable,
    silence,
)

NEEDS = {
    "aws": ("botocore.session", "botocore"),
    "azure": ("azure.identity", "azure-identity"),
    "google": ("google.auth", "google-auth"),
    "oci": ("oci", "oci"),
}
FOREIGN = {
    "aws": ("client_id", "`profile`, `region`, `role_arn`"),
    "azure": ("role_arn", "`audience`, `client_id`, `tenant_id`"),
    "google": ("profile", "`file`"),
    "oci": ("audience", "`file`, `profile`"),
}


@pytest.mark.parametrize(
    "credential",
    [
        "hidden-token",
        Credentials(access_key_id="id", secret_access_key="hidden", session_token="hidden"),
        RsaCredentials(key_id="ST$hidden", sign=lambda data: data),
    ],
)
def test_a_lease_shows_no_secret(credential: Credential) -> None:
    lease = Lease(credential=credential, expires_at=datetime(2026, 11, 22, tzinfo=UTC))
    for text in (repr(lease), str(lease), f"{lease}", repr([lease]), pretty_repr(lease)):
        assert "hidden" not in text
        assert "2026" in text
    if not isinstance(credential, str):
        assert "hidden" not in pretty_repr(credential)


def test_every_chain_is_tested_here() -> None:
    assert set(CHAINS) == set(NEEDS) == set(FOREIGN)


@pytest.mark.parametrize("kind", CHAINS)
def test_a_missing_library_says_what_to_install(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, package = NEEDS[kind]
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(CredentialError) as caught:
        CHAINS[kind](ChainSettings(), scope=None)
    said = f"provider credentials of kind `{kind}` need {package}; install `detente[{kind}]`"
    assert str(caught.value) == said


@pytest.mark.parametrize("kind", CHAINS)
def test_a_setting_of_another_platform_is_refused(kind: str) -> None:
    name, known = FOREIGN[kind]
    with pytest.raises(CredentialError) as caught:
        CHAINS[kind](ChainSettings(**{name: "x"}), scope=None)
    said = f"credentials of kind `{kind}` take no `{name}`; remove it, or use one of {known}"
    assert str(caught.value) == said


def test_a_silent_library_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logger = logging.getLogger("a_library_of_somebody.inside")
    logger.error("heard")
    silence("a_library_of_somebody")
    logger.error("secret")
    assert "heard" in caplog.text
    assert "secret" not in caplog.text


SPLIT = "t\r\nx-injected: 1"


@pytest.mark.parametrize(
    "credential",
    [
        SPLIT,
        "tökén",
        "",
        "a b",
        "t" * (CHARACTERS_MAX + 1),
        Credentials(access_key_id=SPLIT, secret_access_key="s"),
        Credentials(access_key_id="a", secret_access_key="\udcff"),
        Credentials(access_key_id="a", secret_access_key="s", session_token=SPLIT),
        RsaCredentials(key_id=f"ST${SPLIT}", sign=bytes),
    ],
)
def test_what_no_header_can_carry_is_refused(credential: Credential) -> None:
    with pytest.raises(CredentialError, match="no credential that a header can carry") as caught:
        check_sendable(Lease(credential=credential, expires_at=None))
    assert "injected" not in str(caught.value)


@pytest.mark.parametrize(
    "credential",
    [
        "eyJ0.e30.c2ln-_~+/=",
        Credentials(access_key_id="AKID", secret_access_key="a+/=", session_token=None),
        Credentials(access_key_id="AKID", secret_access_key="a+/=", session_token="t=="),
        RsaCredentials(key_id="ocid1.tenancy/ocid1.user/aa:bb", sign=bytes),
    ],
)
def test_what_a_header_can_carry_passes(credential: Credential) -> None:
    check_sendable(Lease(credential=credential, expires_at=None))
