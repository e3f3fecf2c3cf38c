"""google-auth finds, renews and fails, against simulated services of Google."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from detente.providers.credentials import CHAINS, ChainSettings, Source
from detente.simulator import NotJson, Status
from tests.providers.credentials.conftest import EMAIL
from tests.providers.credentials.service import Service, sentence_of, token_of

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
POOL = "//iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/p/providers/p"


def opened(file: Path | None = None, scope: str | None = None) -> Source:
    settings = ChainSettings(file=None if file is None else str(file))
    return CHAINS["google"](settings, scope=scope)


def pem_of(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def written(folder: Path, value: object) -> Path:
    file = folder / "credentials.json"
    file.write_text(json.dumps(value))
    return file


def service_account(
    folder: Path, service: Service, key: rsa.RSAPrivateKey, email: str = EMAIL
) -> Path:
    return written(
        folder,
        {
            "type": "service_account",
            "project_id": "project",
            "client_email": email,
            "private_key": pem_of(key),
            "private_key_id": "1",
            "token_uri": f"{service.base_url}/token",
        },
    )


def external_account(folder: Path, service: Service, more: dict[str, object]) -> Path:
    subject = folder / "subject"
    subject.write_text("subject-token")
    return written(
        folder,
        {
            "type": "external_account",
            "audience": POOL,
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": f"{service.base_url}/v1/token",
            "credential_source": {"file": str(subject)},
            **more,
        },
    )


@pytest.fixture
def machine(service: Service, monkeypatch: pytest.MonkeyPatch) -> Service:
    """A machine of Google's; the library read the environment when it was imported."""
    host = service.base_url.removeprefix("http://")
    monkeypatch.setattr("google.auth.compute_engine._metadata._GCE_METADATA_HOST", host)
    monkeypatch.setenv("GCE_METADATA_IP", host)
    return service


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is not Google's."""
    monkeypatch.setattr("google.auth.compute_engine._metadata._NO_GCE_CHECK", True)


def test_a_service_accounts_file(bare: Path, service: Service, key: rsa.RSAPrivateKey) -> None:
    source = opened(service_account(bare, service, key))
    first = token_of(source.fetch(), SCOPE)
    assert token_of(source.fetch(), SCOPE) == first
    assert service.asked("/token") == 1


def test_the_environment_names_the_file(
    bare: Path, service: Service, key: rsa.RSAPrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = service_account(bare, service, key)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
    token_of(
        opened(scope="https://example.com/auth/other").fetch(), "https://example.com/auth/other"
    )


def test_a_persons_own(bare: Path, service: Service) -> None:
    """As `gcloud auth application-default login` leaves it, where google-auth looks by itself."""
    folder = bare / ".config" / "gcloud"
    folder.mkdir(parents=True)
    value = {
        "type": "authorized_user",
        "client_id": "client-id",
        "client_secret": "client-secret",
        "refresh_token": "refresh-token",
        "quota_project_id": "project",
    }
    (folder / "application_default_credentials.json").write_text(json.dumps(value))
    source = opened()
    with pytest.MonkeyPatch.context() as patch:
        # These credentials always go to Google's own endpoint.
        patch.setattr(
            "google.oauth2.credentials._GOOGLE_OAUTH2_TOKEN_ENDPOINT", f"{service.base_url}/token"
        )
        patch.setenv("GOOGLE_CLOUD_PROJECT", "project")
        token_of(source.fetch(), SCOPE)


def test_a_workload_of_a_pool(bare: Path, service: Service, only_loopback: list[object]) -> None:
    token_of(opened(external_account(bare, service, {})).fetch(), SCOPE)
    assert service.asked("/v1/token") == 1
    assert only_loopback == []


def test_a_workload_that_impersonates(bare: Path, service: Service) -> None:
    path = f"/v1/projects/-/serviceAccounts/{EMAIL}:generateAccessToken"
    more: dict[str, object] = {"service_account_impersonation_url": f"{service.base_url}{path}"}
    token_of(opened(external_account(bare, service, more)).fetch(), SCOPE)
    assert service.asked(path) == 1


def test_the_metadata_server(machine: Service, only_loopback: list[object]) -> None:
    source = opened()
    token_of(source.fetch(), SCOPE)
    assert machine.asked("/computeMetadata/v1/instance/service-accounts/default/token") == 1
    assert only_loopback == []


def test_a_token_that_ends_soon_is_renewed_each_time(
    bare: Path, service: Service, key: rsa.RSAPrivateKey
) -> None:
    service.simulator.lifetime_s = 200
    source = opened(service_account(bare, service, key))
    source.fetch()
    source.fetch()
    assert service.asked("/token") == 2


def test_a_refused_token_is_not_kept(bare: Path, service: Service, key: rsa.RSAPrivateKey) -> None:
    source = opened(service_account(bare, service, key))
    first = source.fetch()
    second = source.fetch(anew=True)
    assert service.asked("/token") == 2
    assert first.expires_at is not None
    assert second.expires_at is not None
    assert second.expires_at - first.expires_at < timedelta(seconds=10)


@pytest.mark.usefixtures("elsewhere")
def test_no_credentials_at_all(only_loopback: list[object]) -> None:
    assert "no Google credentials were found" in sentence_of(opened())
    assert only_loopback == []


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"type": "service_account"}', "no JSON"])
def test_a_file_that_cannot_be_read(bare: Path, text: str) -> None:
    file = bare / "credentials.json"
    file.write_text(text)
    assert "file" in sentence_of(opened(file))


def test_a_file_that_is_not_there(bare: Path) -> None:
    assert "file" in sentence_of(opened(bare / "nowhere.json"))


def test_a_key_that_is_none(bare: Path, service: Service, key: rsa.RSAPrivateKey) -> None:
    file = service_account(bare, service, key)
    value = json.loads(file.read_text())
    file.write_text(json.dumps({**value, "private_key": "hidden"}))
    assert "hidden" not in sentence_of(opened(file))


def test_a_refusal_names_the_code_alone(
    bare: Path, service: Service, key: rsa.RSAPrivateKey
) -> None:
    source = opened(service_account(bare, service, key, email="nobody@example.com"))
    assert sentence_of(source) == (
        "Google refuses to give a token and says `invalid_grant`; check that the account and its "
        "key still exist, the pool's conditions, and this machine's clock"
    )


def test_a_key_of_somebody_else(bare: Path, service: Service) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert "`invalid_grant`" in sentence_of(opened(service_account(bare, service, other)))


def test_a_clock_that_is_off(bare: Path, service: Service, key: rsa.RSAPrivateKey) -> None:
    service.simulator.clock_ahead_s = 2 * 3600
    assert "this machine's clock" in sentence_of(opened(service_account(bare, service, key)))


def test_a_workload_of_another_pool(bare: Path, service: Service) -> None:
    file = external_account(bare, service, {})
    (bare / "subject").write_text("another-token")
    said = sentence_of(opened(file))
    assert "`invalid_grant`" in said
    assert "another-token" not in said


def test_google_is_away(bare: Path, service: Service, key: rsa.RSAPrivateKey) -> None:
    source = opened(service_account(bare, service, key))
    service.thread.refuse_connections()
    assert "cannot be reached; check network and proxy" in sentence_of(source)


@pytest.mark.parametrize("body", ["{}", "[]", "null", '{"access_token": ""}'])
def test_answers_that_cannot_be_read(
    bare: Path, service: Service, key: rsa.RSAPrivateKey, body: str
) -> None:
    service.thread.script(Status(status=200, body=body, times=5))
    sentence_of(opened(service_account(bare, service, key)))


def test_google_talks_nonsense(bare: Path, service: Service, key: rsa.RSAPrivateKey) -> None:
    service.thread.script(NotJson(times=5))
    sentence_of(opened(service_account(bare, service, key)))


def test_a_machine_without_an_account(machine: Service) -> None:
    machine.simulator.denied = True
    assert "Google" in sentence_of(opened())


def test_nothing_of_a_secret_is_logged_or_shown(
    bare: Path, service: Service, key: rsa.RSAPrivateKey, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    source = opened(service_account(bare, service, key))
    lease = source.fetch()
    token = token_of(lease, SCOPE)
    for text in (caplog.text, repr(lease), repr(source)):
        assert token not in text
        assert "PRIVATE KEY" not in text
