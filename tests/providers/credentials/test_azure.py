"""azure-identity finds, renews and fails, against simulated services of Entra."""

import ssl
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from bench import certificates
from detente.providers.credentials import CHAINS, ChainSettings, Source
from detente.simulator import IdentitySimulator, NotJson, SimulatorThread
from detente.simulator.identity import azure as simulated
from tests.providers.credentials.service import Service, sentence_of, token_of

AUDIENCE = "https://cognitiveservices.azure.com"
TENANT = "11111111-1111-1111-1111-111111111111"
CLIENT = "22222222-2222-2222-2222-222222222222"
MANAGED = "33333333-3333-3333-3333-333333333333"
GRANT = f"/{TENANT}{simulated.GRANT_PATH}"


def opened(scope: str | None = None, **settings: str) -> Source:
    return CHAINS["azure"](ChainSettings(**settings), scope=scope)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> certificates.Files:
    return certificates.make(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def entra(authority: certificates.Files, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """Entra itself, which is reached by HTTPS only."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(authority.chain, authority.private_key)
    simulator = IdentitySimulator(tls=tls)
    with SimulatorThread(simulator) as running:
        monkeypatch.setenv("AZURE_AUTHORITY_HOST", running.base_url)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.authority))
        yield Service(simulator, running)


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    monkeypatch.setenv("AZURE_TENANT_ID", TENANT)
    monkeypatch.setenv("AZURE_CLIENT_ID", CLIENT)
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "client-secret")


@pytest.fixture
def federated(monkeypatch: pytest.MonkeyPatch, bare: Path) -> Path:
    file = bare / "assertion"
    file.write_text("federated-assertion")
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "WorkloadIdentityCredential")
    monkeypatch.setenv("AZURE_TENANT_ID", TENANT)
    monkeypatch.setenv("AZURE_CLIENT_ID", CLIENT)
    monkeypatch.setenv("AZURE_FEDERATED_TOKEN_FILE", str(file))
    return file


@pytest.fixture
def machine(service: Service, monkeypatch: pytest.MonkeyPatch) -> Service:
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", service.base_url)
    return service


@pytest.mark.usefixtures("secret")
def test_a_secret_in_the_environment(entra: Service) -> None:
    source = opened()
    first = token_of(source.fetch(), AUDIENCE)
    assert token_of(source.fetch(), AUDIENCE) == first
    assert entra.asked(GRANT) == 1


@pytest.mark.usefixtures("entra", "secret")
def test_the_scope_is_the_providers_and_an_audience_overrules_it() -> None:
    token_of(opened("https://ai.azure.com/.default").fetch(), "https://ai.azure.com")
    overruled = opened("https://ai.azure.com/.default", audience="https://ai.azure.us/")
    token_of(overruled.fetch(), "https://ai.azure.us")


@pytest.mark.usefixtures("entra", "federated")
def test_a_workload_is_known_by_its_federated_token() -> None:
    token_of(opened().fetch(), AUDIENCE)


@pytest.mark.usefixtures("federated")
def test_the_workloads_identity_may_be_configured(
    entra: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_CLIENT_ID", "another")
    monkeypatch.setenv("AZURE_TENANT_ID", "another")
    token_of(opened(client_id=CLIENT, tenant_id=TENANT).fetch(), AUDIENCE)
    assert entra.asked(GRANT) == 1


def test_a_machines_own_identity(machine: Service) -> None:
    token_of(opened().fetch(), AUDIENCE)
    assert machine.asked(simulated.INSTANCE) >= 1


@pytest.mark.usefixtures("machine")
def test_one_of_a_machines_identities() -> None:
    token_of(opened(client_id=MANAGED).fetch(), AUDIENCE)
    assert "`client_id`" in sentence_of(opened(client_id="another"))


def test_app_service(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{service.base_url}{simulated.APP_SERVICE}")
    monkeypatch.setenv("IDENTITY_HEADER", "identity-header")
    token_of(opened().fetch(), AUDIENCE)
    assert service.asked(simulated.APP_SERVICE) == 1


@pytest.mark.usefixtures("secret")
def test_a_token_that_ends_soon_is_renewed_each_time(entra: Service) -> None:
    entra.simulator.lifetime_s = 200
    source = opened()
    source.fetch()
    source.fetch()
    assert entra.asked(GRANT) == 2


@pytest.mark.usefixtures("secret")
def test_a_refused_token_is_not_kept(entra: Service) -> None:
    source = opened()
    source.fetch()
    source.fetch(anew=True)
    assert entra.asked(GRANT) == 2


def test_no_credentials_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    assert "no Azure credentials were found" in sentence_of(opened())


@pytest.mark.usefixtures("entra", "secret")
@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("AZURE_CLIENT_SECRET", "hidden", "AADSTS7000215"),
        ("AZURE_CLIENT_ID", "another", "AADSTS700016"),
    ],
)
def test_a_refusal_names_entras_code_alone(
    name: str, value: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    assert sentence_of(opened()) == (
        f"Entra refuses to give a token and says `{code}`; check `AZURE_TENANT_ID`, "
        "`AZURE_CLIENT_ID` and its secret, certificate or federated identity"
    )


@pytest.mark.usefixtures("entra")
def test_a_federated_token_of_somebody_else(federated: Path) -> None:
    federated.write_text("another-assertion")
    said = sentence_of(opened())
    assert "AADSTS700213" in said
    assert "another-assertion" not in said


@pytest.mark.usefixtures("entra")
def test_a_federated_token_that_is_not_there(federated: Path) -> None:
    federated.unlink()
    assert "`AZURE_FEDERATED_TOKEN_FILE`" in sentence_of(opened())


@pytest.mark.usefixtures("secret")
def test_entra_is_away(entra: Service) -> None:
    entra.thread.refuse_connections()
    assert "Entra cannot be reached" in sentence_of(opened())


@pytest.mark.usefixtures("secret")
def test_entra_talks_nonsense(entra: Service) -> None:
    entra.thread.script(NotJson(times=20))
    assert sentence_of(opened()).startswith("Azure ")


def test_a_machine_without_identity(machine: Service) -> None:
    machine.simulator.denied = True
    assert "this machine has no such managed identity" in sentence_of(opened())


@pytest.mark.usefixtures("entra", "secret")
def test_a_host_that_nobody_vouches_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    assert "the certificate of Entra's host does not hold" in sentence_of(opened())


def test_no_browser_is_ever_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "dev")
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("webbrowser.get", partial(pytest.fail, "a browser"))
    assert "run `az login`" in sentence_of(opened())


@pytest.mark.usefixtures("secret")
def test_nothing_of_a_secret_is_logged_or_shown(
    entra: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    source = opened()
    lease = source.fetch()
    token = token_of(lease, AUDIENCE)
    entra.simulator.denied = True
    said = sentence_of(opened())
    for text in (caplog.text, repr(lease), repr(source), said):
        assert token not in text
        assert "client-secret" not in text
