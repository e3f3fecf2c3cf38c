"""Every chain behind one running gateway: answers, renewals ahead of the end, refusals, recovery.

The libraries in the gateway's process find simulated identity services, and the simulated platforms
verify what those issued.
"""

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from detente.configuration.schema import ProviderKindName, SimulatedProvider
from detente.simulator import IdentitySimulator, Simulator, SimulatorThread
from detente.simulator.identity import issue
from detente.simulator.identity.aws import CONTAINER
from detente.simulator.identity.azure import INSTANCE
from detente.simulator.identity.desk import Identities
from detente.simulator.identity.oci import AUDIENCE
from detente.simulator.identity.rsa import PublicKey, to_jwk
from tests.gateway_configuration import KeyRow, ModelRow, ProviderRow, gateway_toml
from tests.gateway_process import GatewayProcess, eventually, running_gateway

CLIENT_KEY = "dt-chains-0001"
WAIT_S = 60
COMPARTMENT = "ocid1.compartment.oc1..aaaa"
MODELS: dict[ProviderKindName, str] = {
    "azure": "gpt-4",
    "bedrock": "amazon.nova-lite-v1:0",
    "oci": "meta.llama-3.3-70b-instruct",
    "vertex": "meta/llama-4-maverick-17b-128e-instruct-maas",
}
SETTINGS: dict[ProviderKindName, str] = {
    "azure": 'credentials = "default"',
    "bedrock": 'credentials = "default"\nregion = "us-east-1"',
    "oci": f'credentials = {{}}\nregion = "us-chicago-1"\ncompartment = "{COMPARTMENT}"',
    "vertex": 'credentials = { file = "google.json" }\nregion = "us-east1"\nproject = "project"',
}
KINDS = tuple(MODELS)
Identity = tuple[IdentitySimulator, SimulatorThread]


class Stage:
    """A gateway, and the service that all its credentials come from but Oracle's."""

    def __init__(
        self, gateway: GatewayProcess, identity: IdentitySimulator, thread: SimulatorThread
    ) -> None:
        self.gateway = gateway
        self.identity = identity
        self.thread = thread

    def asked(self, path: str) -> int:
        """How often a credential was asked for."""
        return sum(request.path == path for request in self.thread.requests)

    def ask(self, kind: str) -> tuple[int, str]:
        """Status and text of one answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.gateway.port, timeout=WAIT_S)
        body = {"model": kind, "messages": [{"role": "user", "content": "echo hi"}]}
        headers = {
            "authorization": f"Bearer {CLIENT_KEY}",
            "content-type": "application/json",
            "x-stainless-retry-count": "0",
        }
        try:
            connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()


@pytest.fixture(name="home")
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home folder, where Oracle's tools have left a session."""
    home = tmp_path / "home"
    (home / ".oci").mkdir(parents=True)
    write_session(home, timedelta(hours=1))
    monkeypatch.setenv("HOME", str(home))
    return home


def write_session(home: Path, lives: timedelta) -> None:
    """What `oci session authenticate` leaves behind."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    numbers = key.public_key().public_numbers()
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    now = datetime.now(UTC)
    token = issue(
        subject="me",
        audience=AUDIENCE,
        issued_at=now - timedelta(hours=1),
        expires_at=now + lives,
        jwk=to_jwk(PublicKey(n=numbers.n, e=numbers.e)),
    )
    folder = home / ".oci"
    (folder / "key.pem").write_bytes(pem)
    (folder / "token").write_text(token)
    (folder / "config").write_text(
        f"[DEFAULT]\nregion = us-chicago-1\nkey_file = {folder}/key.pem\n"
        f"security_token_file = {folder}/token\n"
    )


def google_file(service: SimulatorThread, folder: Path) -> str:
    """The file of a workload, whose own platform's token lies beside it."""
    subject = folder / "subject"
    subject.write_text(Identities().google_subject)
    value = {
        "type": "external_account",
        "audience": Identities().google_pool,
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": f"{service.base_url}/v1/token",
        "credential_source": {"file": str(subject)},
    }
    return json.dumps(value)


@pytest.fixture(name="identity")
def _identity(
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Identity]:
    """The service, and an environment that leads the libraries there and nowhere else."""
    simulator = IdentitySimulator()
    with SimulatorThread(simulator) as running:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "OCI_CLI_AUTH", "AZURE_CLIENT_ID"):
            monkeypatch.delenv(name, raising=False)
        for name, value in {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{running.base_url}{CONTAINER}",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": simulator.identities.aws_container,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential",
            "AZURE_POD_IDENTITY_AUTHORITY_HOST": running.base_url,
        }.items():
            monkeypatch.setenv(name, value)
        yield simulator, running


@pytest.fixture(name="start")
def _start(tmp_path: Path, home: Path, identity: Identity) -> Iterator[Callable[[], Stage]]:
    """Starts platforms and gateway, once the test has said what the service shall do."""
    assert home.is_dir()
    behaviour = SimulatedProvider(tokens=2)
    with ExitStack() as stack:
        rows: list[ProviderRow] = []
        for kind, model in MODELS.items():
            platform = Simulator(kind, models=[model], issued_tokens=True, behaviour=behaviour)
            running = stack.enter_context(SimulatorThread(platform))
            row = ProviderRow(
                name=kind,
                kind=kind,
                base_url=running.base_url,
                api_key=None,
                settings=SETTINGS[kind],
            )
            rows.append(row)
        models = [
            ModelRow(name=f"someone/{kind}", deployments=((kind, model),), aliases=(kind,))
            for kind, model in MODELS.items()
        ]
        keys = [KeyRow(name="tests", key=CLIENT_KEY)]
        text = gateway_toml(providers=rows, models=models, keys=keys)
        files = {"google.json": google_file(identity[1], tmp_path)}

        def start() -> Stage:
            gateway = stack.enter_context(running_gateway(tmp_path / "gateway", text, files))
            return Stage(gateway, *identity)

        yield start


def test_each_chain_answers(start: Callable[[], Stage]) -> None:
    stage = start()
    for kind in KINDS:
        assert stage.ask(kind)[0] == 200, stage.ask(kind)
    assert stage.asked(CONTAINER) == 1
    assert "eyJ" not in stage.gateway.errors()


def test_no_request_meets_a_credential_that_has_ended(
    start: Callable[[], Stage], identity: Identity
) -> None:
    simulator, thread = identity
    simulator.lifetime_s = 5
    stage = start()

    def renewed() -> bool:
        assert stage.ask("bedrock")[0] == 200
        assert stage.ask("azure")[0] == 200
        assert stage.ask("vertex")[0] == 200
        asked = [request.path for request in thread.requests]
        return min(asked.count(path) for path in (CONTAINER, INSTANCE, "/v1/token")) >= 3

    eventually(renewed, "credentials are renewed twice", WAIT_S)


def test_a_refusal_names_provider_and_cure_and_passes(
    start: Callable[[], Stage], identity: Identity, home: Path
) -> None:
    simulator, _ = identity
    simulator.denied = True
    write_session(home, -timedelta(hours=1))
    stage = start()
    for kind, cure in (
        ("bedrock", "check the role of the task or pod"),
        ("azure", "assign it, or check `client_id`"),
        ("oci", "run `oci session refresh`"),
        ("vertex", "and says `invalid_grant`"),
    ):
        status, text = stage.ask(kind)
        assert status >= 500
        assert f"provider `{kind}` has no credentials now" in text
        assert cure in text
    simulator.denied = False
    write_session(home, timedelta(hours=1))
    for kind in KINDS:
        eventually(lambda kind=kind: stage.ask(kind)[0] == 200, f"{kind} recovers", WAIT_S)
