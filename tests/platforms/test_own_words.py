"""`detente providers test` reads each platform's own words, and its checks of tokens."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from detente.cli import providers as command
from detente.configuration.schema import ProviderKindName
from detente.gateway.upstream.dial import client_tls
from detente.simulator import IdentitySimulator, Simulator, SimulatorThread, Status
from detente.simulator.identity import issue
from detente.simulator.identity.google import CLOUD_PLATFORM
from detente.simulator.platforms import platform_of
from tests.platforms import probing
from tests.platforms.own_words import TABLE, Headers
from tests.platforms.probing import MODELS, Platforms, Shifted, running_platforms
from tests.platforms.test_chains import write_session
from tests.platforms.test_providers_test import failed


@pytest.fixture(name="platforms", scope="module")
def _platforms() -> Iterator[Platforms]:
    trust = client_tls()
    with pytest.MonkeyPatch.context() as patch, running_platforms() as platforms:
        patch.setattr(command, "client_tls", lambda: trust)
        yield platforms


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[0]}-{row[4]}")
def test_a_platforms_own_words(
    platforms: Platforms,
    tmp_path: Path,
    row: tuple[ProviderKindName, int, Headers, object, str, str],
) -> None:
    kind, status, headers, body, expected, words = row
    platforms.simulators[kind].script(Status(status=status, headers=headers, body=json.dumps(body)))
    failed(platforms.findings(tmp_path, kind), expected, words)


@pytest.mark.parametrize(
    ("audience", "hours", "kind", "words"),
    [
        (CLOUD_PLATFORM, 1, None, "answered"),
        (CLOUD_PLATFORM, -1, "credentials", "token expired; check its `credentials`"),
        ("https://elsewhere.example.com", 1, "permission", "the scope `https://www.googleapis"),
    ],
)
def test_googles_tokens(
    tmp_path: Path, audience: str, hours: int, kind: str | None, words: str
) -> None:
    now = datetime.now(UTC)
    token = issue(
        subject="me",
        audience=audience,
        issued_at=now - timedelta(hours=2),
        expires_at=now + timedelta(hours=hours),
    )
    simulator = Simulator("vertex", models=[MODELS["vertex"]], issued_tokens=True)
    with SimulatorThread(simulator) as running:
        found = probing.findings(tmp_path, "vertex", running.base_url, key=token)
    assert token not in json.dumps(found)
    assert found[-1].get("kind") == kind
    assert words in found[-1]["said"]


@pytest.mark.parametrize("kind", ["azure", "foundry"])
def test_entras_tokens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: ProviderKindName
) -> None:
    clock = Shifted(platform_of(kind))
    platform = msgspec.structs.replace(platform_of(kind), answer=clock.answer)
    identity = IdentitySimulator()
    with (
        SimulatorThread(identity) as service,
        SimulatorThread(
            Simulator(kind, models=["m"], issued_tokens=True, platform=platform)
        ) as running,
    ):
        monkeypatch.delenv("AZURE_CLIENT_ID", raising=False)
        monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
        monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", service.base_url)
        settings = 'credentials = "default"'

        def findings() -> list[dict[str, object]]:
            return probing.findings(tmp_path, kind, running.base_url, key=None, settings=settings)

        assert findings()[-1]["ok"]
        clock.ahead = timedelta(hours=2)
        failed(findings(), "credentials", "check its `api_key` or `credentials`")
        identity.denied = True
        found = findings()
        failed(found, "credentials", "")
        assert found[-1]["about"] == "credentials"


def test_oracles_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    (home / ".oci").mkdir(parents=True)
    write_session(home, timedelta(hours=3))
    monkeypatch.setenv("HOME", str(home))
    for name in [name for name in os.environ if name.startswith("OCI_")]:
        monkeypatch.delenv(name)
    clock = Shifted(platform_of("oci"))
    platform = msgspec.structs.replace(platform_of("oci"), answer=clock.answer)
    simulator = Simulator("oci", models=[MODELS["oci"]], issued_tokens=True, platform=platform)
    settings = f"credentials = {{}}\n{probing.SETTINGS['oci']}"
    with SimulatorThread(simulator) as running:

        def findings(more: str = settings) -> list[dict[str, object]]:
            return probing.findings(tmp_path, "oci", running.base_url, key=None, settings=more)

        assert findings()[-1]["ok"]
        clock.ahead = timedelta(hours=1)
        failed(findings(), "clock", "set the clock of the gateway's machine")
        clock.ahead = timedelta()
        nowhere = settings.replace(probing.COMPARTMENT, "ocid1.tenancy.oc1..another")
        assert findings(nowhere)[-1]["ok"]  # every well-formed compartment is known here
        clock.ahead = timedelta(hours=4)
        failed(findings(), "credentials", "check its `api_key` or `credentials`")
