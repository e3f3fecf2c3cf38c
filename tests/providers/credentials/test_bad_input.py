"""Whatever an identity service answers, a chain gives a lease or one safe sentence."""

import json
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bench import certificates
from detente.providers.credentials import CHAINS, ChainSettings, CredentialError, Source
from detente.simulator import (
    Behaviour,
    Close,
    Cut,
    Garbage,
    GarbageChunk,
    Hold,
    IdentitySimulator,
    NotJson,
    SimulatorThread,
    Status,
    WrongLength,
)
from detente.simulator.identity.aws import CONTAINER
from tests.providers.credentials.conftest import EMAIL
from tests.providers.credentials.service import Service

Opened = Callable[[], Source]

BEHAVIOURS: dict[str, Behaviour] = {
    "closed": Close(times=50),
    "reset": Close(reset=True, times=50),
    "cut": Cut(times=50),
    "garbage": Garbage(times=50),
    "garbage_chunk": GarbageChunk(times=50),
    "not_json": NotJson(times=50),
    "wrong_length": WrongLength(by=-3, times=50),
    **{str(status): Status(status=status, times=50) for status in (302, 400, 401, 404, 429, 500)},
    **{
        f"body_{number}": Status(status=200, body=body, times=50)
        for number, body in enumerate(
            (
                "",
                "null",
                "[]",
                '"text"',
                "{",
                "\x00",
                "[" * 5000,
                '{"access_token": 1, "expires_in": "soon"}',
                '{"access_token": "t", "expires_in": -1, "expires_on": "x"}',
                '{"access_token": "hidden", "expires_in": 1e400}',
                '{"AccessKeyId": 1, "SecretAccessKey": [], "Token": {}, "Expiration": 0}',
                '{"AccessKeyId": "a", "SecretAccessKey": "hidden", "Token": "t", "Expiration": ""}',
                "<ErrorResponse><Error><Code>hidden words</Code></Error></ErrorResponse>",
                "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
            )
        )
    },
}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Libraries wait between their tries; here nobody does."""
    monkeypatch.setattr("botocore.utils.ContainerMetadataFetcher.SLEEP_TIME", 0)
    monkeypatch.setattr("google.auth._exponential_backoff.time.sleep", float)
    monkeypatch.setattr("azure.core.pipeline.transport._base.time.sleep", float)


@pytest.fixture
def aws(service: Service, monkeypatch: pytest.MonkeyPatch) -> tuple[Service, Opened]:
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{service.base_url}{CONTAINER}")
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "container-token")
    return service, lambda: CHAINS["aws"](ChainSettings(), scope=None)


@pytest.fixture
def aws_role(service: Service, monkeypatch: pytest.MonkeyPatch) -> tuple[Service, Opened]:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", service.base_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIASIMULATED")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-access-key")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    role = "arn:aws:iam::123456789012:role/detente"
    return service, lambda: CHAINS["aws"](ChainSettings(role_arn=role), scope=None)


@pytest.fixture
def azure_machine(service: Service, monkeypatch: pytest.MonkeyPatch) -> tuple[Service, Opened]:
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", service.base_url)
    return service, lambda: CHAINS["azure"](ChainSettings(), scope=None)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> certificates.Files:
    return certificates.make(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def azure(
    authority: certificates.Files, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Service, Opened]]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(authority.chain, authority.private_key)
    simulator = IdentitySimulator(tls=tls)
    with SimulatorThread(simulator) as running:
        for name, value in {
            "AZURE_AUTHORITY_HOST": running.base_url,
            "REQUESTS_CA_BUNDLE": str(authority.authority),
            "AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential",
            "AZURE_TENANT_ID": simulator.identities.azure_tenant,
            "AZURE_CLIENT_ID": next(iter(simulator.identities.azure_clients)),
            "AZURE_CLIENT_SECRET": "client-secret",
        }.items():
            monkeypatch.setenv(name, value)
        service = Service(simulator, running)
        yield service, lambda: CHAINS["azure"](ChainSettings(), scope=None)


@pytest.fixture
def google(bare: Path, service: Service, key: rsa.RSAPrivateKey) -> tuple[Service, Opened]:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file = bare / "credentials.json"
    value = {
        "type": "service_account",
        "client_email": EMAIL,
        "private_key": pem.decode(),
        "token_uri": f"{service.base_url}/token",
    }
    file.write_text(json.dumps(value))
    return service, lambda: CHAINS["google"](ChainSettings(file=str(file)), scope=None)


@pytest.fixture
def google_machine(service: Service, monkeypatch: pytest.MonkeyPatch) -> tuple[Service, Opened]:
    host = service.base_url.removeprefix("http://")
    monkeypatch.setattr("google.auth.compute_engine._metadata._GCE_METADATA_HOST", host)
    monkeypatch.setenv("GCE_METADATA_IP", host)
    return service, lambda: CHAINS["google"](ChainSettings(), scope=None)


@pytest.fixture
def oci(service: Service, monkeypatch: pytest.MonkeyPatch) -> tuple[Service, Opened]:
    monkeypatch.setenv("OCI_METADATA_BASE_URL", f"{service.base_url}/opc/v2")
    return service, lambda: CHAINS["oci"](ChainSettings(), scope=None)


CHAIN_FIXTURES = ("aws", "azure_machine", "azure", "google", "google_machine", "oci")
# A client of AWS's token service takes long to make, and all it reads is XML.
OF_TOKEN_SERVICE = ("closed", "cut", "302", "500", "body_0", "body_6", "body_12", "body_13")
CASES = [
    *((chain, behaviour) for chain in CHAIN_FIXTURES for behaviour in BEHAVIOURS),
    *(("aws_role", behaviour) for behaviour in OF_TOKEN_SERVICE),
]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("chain", "behaviour"), CASES)
def test_bad_answers_become_a_sentence(
    chain: str, behaviour: str, request: pytest.FixtureRequest
) -> None:
    service, opened = request.getfixturevalue(chain)
    service.thread.script(BEHAVIOURS[behaviour])
    try:
        lease = opened().fetch()
    except CredentialError as error:
        said = str(error)
    else:
        said = f"{lease!r};"
    assert ";" in said
    assert "\n" not in said
    assert "hidden" not in said


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("status", [302, 307])
@pytest.mark.parametrize("chain", CHAIN_FIXTURES)
def test_nobody_is_sent_on_to_another_host(
    chain: str, status: int, request: pytest.FixtureRequest
) -> None:
    """What is asked with is a secret. Oracle's library does go on, but from a machine's own
    metadata service, and with nothing."""
    service, opened = request.getfixturevalue(chain)
    with SimulatorThread(IdentitySimulator()) as other:
        elsewhere = {"location": f"{other.base_url}/token"}
        service.thread.script(Status(status=status, headers=elsewhere, times=50))
        with pytest.raises(CredentialError):
            opened().fetch()
        if chain != "oci":
            assert other.requests == ()
        for request_there in other.requests:
            assert request_there.body == b""
            assert not {"authorization", "metadata"} & {n for n, _ in request_there.headers}


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("chain", "bound"),
    [
        ("aws_role", "aws.READ_TIMEOUT_S"),
        ("azure", "azure.TIMEOUT_S"),
        ("azure_machine", "azure.TIMEOUT_S"),
        ("google", "google.TIMEOUT_S"),
        ("google_machine", "google.TIMEOUT_S"),
    ],
)
def test_nobody_waits_for_ever(
    chain: str, bound: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"detente.providers.credentials.{bound}", 0.1)
    service, opened = request.getfixturevalue(chain)
    service.thread.script(Hold(times=50))
    begun = monotonic()
    with pytest.raises(CredentialError):
        opened().fetch()
    assert monotonic() - begun < 8
