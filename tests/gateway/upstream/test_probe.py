"""A live look at a provider: addresses, certificates, credentials."""

import asyncio
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.gateway_configuration import ModelRow, ProviderRow, credential_files, gateway_toml

from bench import certificates
from detente.gateway.upstream import reach
from detente.gateway.upstream.credentials import resolve_secrets
from detente.gateway.upstream.dial import client_tls
from detente.gateway.upstream.probe import Finding, Probe
from detente.providers.credentials import ChainSettings, CredentialError, Lease, Source
from detente.simulator import Simulator, SimulatorThread
from detente.wiring import load

KEY = "sk-canary-9a"
TIMEOUT_MS = 5_000


def findings_of(
    folder: Path,
    base_url: str,
    *,
    kind: str = "openai",
    upstream_id: str = "m",
    settings: str = "",
    key: str | None = KEY,
    trust: ssl.SSLContext | None = None,
) -> list[Finding]:
    """What is found of one provider with one deployment."""
    rows = [ProviderRow(name="there", kind=kind, base_url=base_url, api_key=key, settings=settings)]
    models = [ModelRow(name="publisher/m", deployments=(("there", upstream_id),))]
    (folder / "detente.toml").write_text(gateway_toml(providers=rows, models=models))
    for name, content in credential_files(rows).items():
        (folder / name).write_text(content)
    setup = load(folder)

    async def look() -> list[Finding]:
        probe = Probe(
            setup,
            resolve_secrets(setup),
            trust=client_tls() if trust is None else trust,
            timeout_ms=TIMEOUT_MS,
        )
        return [finding async for finding in probe.run("there")]

    return asyncio.run(look())


def resolves_to(monkeypatch: pytest.MonkeyPatch, address: str | None) -> None:
    async def getaddrinfo(loop: object, host: str, port: int, **how: Any) -> list[Any]:
        del loop, host, how
        if address is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (None, "its name leads nowhere"),
        ("10.0.0.9", "leads to 10.0.0.9, which is no public address; set `private_network = true`"),
        ("169.254.169.254", "leads to 169.254.169.254"),
    ],
)
def test_where_a_name_leads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str | None, words: str
) -> None:
    resolves_to(monkeypatch, address)
    (found,) = findings_of(tmp_path, "http://api.example.com/v1")
    assert (found.about, found.ok, found.kind) == ("address", False, "address")
    assert words in found.said


def test_a_private_address_that_is_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with SimulatorThread(Simulator("openai", models=["m"], api_key=KEY)) as simulator:
        resolves_to(monkeypatch, "127.0.0.1")
        url = f"http://api.example.com:{simulator.port}/v1"
        found = findings_of(tmp_path, url, settings="private_network = true")
    assert [one.ok for one in found] == [True, True, True]


def test_an_engine_of_ones_own_may_be_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SimulatorThread(Simulator("openai_compatible", models=["m"], api_key=KEY)) as simulator:
        resolves_to(monkeypatch, "127.0.0.1")
        url = f"http://engine.internal:{simulator.port}/v1"
        found = findings_of(tmp_path, url, kind="openai_compatible", settings='host = "us"')
    assert [one.ok for one in found] == [True, True, True]


@pytest.fixture(name="files", scope="module")
def _files(tmp_path_factory: pytest.TempPathFactory) -> certificates.Files:
    return certificates.make(tmp_path_factory.mktemp("pki"))


def served(files: certificates.Files) -> Simulator:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(files.chain, files.private_key)
    return Simulator("openai", models=["m"], api_key=KEY, tls=tls)


def trusting(files: certificates.Files) -> ssl.SSLContext:
    context = client_tls()
    context.load_verify_locations(files.authority)
    return context


def test_a_certificate_that_matches(tmp_path: Path, files: certificates.Files) -> None:
    with SimulatorThread(served(files)) as simulator:
        url = f"https://localhost:{simulator.port}/v1"
        found = findings_of(tmp_path, url, trust=trusting(files))
    assert [one.ok for one in found] == [True, True, True]
    assert "TLSv1.3, certificate until" in found[0].said


def test_a_certificate_of_another_name(
    tmp_path: Path, files: certificates.Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SimulatorThread(served(files)) as simulator:
        resolves_to(monkeypatch, "127.0.0.1")
        url = f"https://api.example.com:{simulator.port}/v1"
        (found,) = findings_of(
            tmp_path, url, settings="private_network = true", trust=trusting(files)
        )
        assert simulator.requests == ()
    assert not found.ok
    assert "its certificate does not verify (Hostname mismatch" in found.said


def test_a_certificate_that_nobody_vouches_for(tmp_path: Path, files: certificates.Files) -> None:
    with SimulatorThread(served(files)) as simulator:
        (found,) = findings_of(tmp_path, f"https://localhost:{simulator.port}/v1")
        assert simulator.requests == ()
    assert "its certificate does not verify" in found.said
    assert "trust store" in found.said


def test_no_tls_where_it_is_expected(tmp_path: Path) -> None:
    with SimulatorThread(Simulator("openai", models=["m"], api_key=KEY)) as simulator:
        (found,) = findings_of(tmp_path, f"https://localhost:{simulator.port}/v1")
    assert "TLS failed" in found.said


class Chain:
    """A library that finds something, or nothing."""

    def __init__(self, answer: Lease | CredentialError) -> None:
        self._answer = answer

    def fetch(self, *, anew: bool = False) -> Lease:
        del anew
        if isinstance(self._answer, CredentialError):
            raise self._answer
        return self._answer


class Opener:
    """Opens one source, whatever it is asked for."""

    def __init__(self, answer: Lease | CredentialError) -> None:
        self._answer = answer

    def __call__(self, settings: ChainSettings, *, scope: str | None) -> Source:
        del settings, scope
        return Chain(self._answer)


def test_credentials_that_a_library_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lease = Lease(credential=KEY, expires_at=datetime.now(UTC) + timedelta(hours=1))
    monkeypatch.setattr(reach, "CHAINS", {"aws": Opener(lease)})
    with SimulatorThread(Simulator("bedrock", models=["m"], api_key=KEY)) as simulator:
        found = findings_of(
            tmp_path,
            simulator.base_url,
            kind="bedrock",
            key=None,
            settings='credentials = "default"\nregion = "us-east-1"',
        )
    assert [one.ok for one in found] == [True, True, True]
    assert "found by the platform's own library, until 20" in found[1].said
    assert KEY not in repr(found)


def test_credentials_that_no_library_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error = CredentialError("no profile `prod`; add it to the shared file")
    monkeypatch.setattr(reach, "CHAINS", {"aws": Opener(error)})
    with SimulatorThread(Simulator("bedrock", models=["m"], api_key=KEY)) as simulator:
        found = findings_of(
            tmp_path,
            simulator.base_url,
            kind="bedrock",
            key=None,
            settings='credentials = "default"\nregion = "us-east-1"',
        )
        assert simulator.requests == ()
    assert [one.ok for one in found] == [True, False]
    assert found[1].said == "no profile `prod`; add it to the shared file"


def test_nothing_to_ask(tmp_path: Path) -> None:
    (tmp_path / "detente.toml").write_text('[providers.there]\nkind = "openai"\n[models]\n')
    setup = load(tmp_path)

    async def look() -> list[Finding]:
        probe = Probe(setup, resolve_secrets(setup), trust=client_tls(), timeout_ms=TIMEOUT_MS)
        return [finding async for finding in probe.run("there")]

    (found,) = asyncio.run(look())
    assert not found.ok
    assert "add one under `[models]`" in found.said
