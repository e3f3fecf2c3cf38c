"""A simulated identity service, an environment without credentials, and no way out of loopback."""

import ipaddress
import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from detente.simulator import IdentitySimulator, SimulatorThread
from detente.simulator.identity.desk import Identities
from detente.simulator.identity.rsa import PublicKey
from tests.providers.credentials.service import Service

PREFIXES = (
    "AWS_",
    "AZURE_",
    "GOOGLE_",
    "GCE_",
    "OCI_",
    "CLOUDSDK_",
    "IDENTITY_",
    "MSI_",
    "GCLOUD_",
)
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
EMAIL = "detente@project.iam.gserviceaccount.com"


def is_loopback(host: object) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Nothing leaves the machine; what tried to is listed."""
    tried: list[object] = []
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: tuple[object, ...] | str) -> None:
        if self.family != socket.AF_UNIX and not is_loopback(address[0]):
            tried.append(address)
            raise OSError("not on loopback")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    return tried


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An environment without credentials and the home folder of nobody."""
    for name in tuple(os.environ):
        if name.startswith(PREFIXES) or name.upper() in PROXIES:
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return tmp_path


@pytest.fixture(autouse=True)
def loggers() -> Iterator[None]:
    """What is silenced here speaks again in the tests of others."""
    names = ("azure", "botocore", "google", "msal", "oci", "urllib3")
    levels = {name: logging.getLogger(name).level for name in names}
    yield
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture(scope="session")
def key() -> rsa.RSAPrivateKey:
    """One key for all, for making one takes long."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def service(key: rsa.RSAPrivateKey) -> Iterator[Service]:
    """The identity services, which know the key's owner."""
    numbers = key.public_key().public_numbers()
    known = Identities(google_accounts={EMAIL: PublicKey(n=numbers.n, e=numbers.e)})
    simulator = IdentitySimulator(known)
    with SimulatorThread(simulator) as running:
        yield Service(simulator, running)
