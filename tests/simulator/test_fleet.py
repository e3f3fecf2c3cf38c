"""Simulators from a configuration."""

import asyncio
import socket
from pathlib import Path

import pytest

from detente.canonical.failure import ClientFault
from detente.configuration.schema import (
    Configuration,
    DeploymentEntry,
    ModelEntry,
    Provider,
    Secret,
    SimulatedProvider,
)
from detente.simulator.fleet import simulate, simulators_of


def configuration(*providers: tuple[str, Provider]) -> Configuration:
    entries = tuple(DeploymentEntry(provider=name, id=f"id-{name}") for name, _ in providers)
    return Configuration(
        providers=dict(providers),
        models={"a/b": ModelEntry(deployments=entries), "a/c": ModelEntry(deployments=entries)},
        simulator={"one": SimulatedProvider(tokens=3)},
    )


ONE = Provider(kind="openai", base_url="http://127.0.0.1:9001/some/v1")
FAR = Provider(kind="azure", base_url="https://example.openai.azure.com")
DEFAULT = Provider(kind="anthropic")


def test_only_what_is_on_loopback_is_simulated() -> None:
    found = simulators_of(configuration(("one", ONE), ("far", FAR), ("dft", DEFAULT)), Path())
    [one] = found.values()
    assert (one.name, one.kind, one.models, one.port) == ("one", "openai", ("id-one",), 9001)
    assert one.base_url == "http://127.0.0.1:9001/some/v1"
    assert one.behaviour.tokens == 3


def test_nothing_on_loopback_is_an_error() -> None:
    with pytest.raises(ClientFault, match="no provider is on loopback"):
        simulators_of(configuration(("far", FAR)), Path())


def test_what_is_spoken_over_tls_is_not_simulated_without() -> None:
    secure = Provider(kind="openai", base_url="https://127.0.0.1:9001/v1")
    with pytest.raises(ClientFault, match="provider `one` cannot be simulated over TLS"):
        simulators_of(configuration(("one", secure)), Path())


def test_keys_are_what_their_references_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_text("sk-file\n")
    monkeypatch.setenv("SIMULATED_KEY", "sk-env")
    monkeypatch.delenv("SIMULATED_KEY_ABSENT", raising=False)
    secrets = {
        "file": Secret(file="key"),
        "env": Secret(env="SIMULATED_KEY"),
        "absent": Secret(env="SIMULATED_KEY_ABSENT"),
        "gone": Secret(file="gone"),
        "none": None,
    }
    found = simulators_of(
        configuration(
            *(
                (name, Provider(kind="openai", base_url="http://localhost:1/v1", api_key=secret))
                for name, secret in secrets.items()
            )
        ),
        tmp_path,
    )
    expected = {name: simulator.key_expected for name, simulator in found.items()}
    assert expected == {"file": True, "env": True, "absent": False, "gone": False, "none": False}


def test_of_a_pair_of_keys_the_secret_one_is_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMULATED_SECRET", "secret")
    pair = Provider(
        kind="bedrock",
        base_url="http://127.0.0.1:9001",
        access_key_id="AKIDEXAMPLE",
        secret_access_key=Secret(env="SIMULATED_SECRET"),
    )
    [one] = simulators_of(configuration(("one", pair)), Path()).values()
    assert one.key_expected


def test_a_fleet_runs_and_stops_and_a_taken_port_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        asked = configuration(("one", Provider(kind="openai", base_url=f"http://127.0.0.1:{port}")))

        async def run() -> int:
            async with simulate(asked) as simulators:
                return simulators["one"].port

        with pytest.raises(ClientFault, match=f"provider `one` cannot be simulated on port {port}"):
            asyncio.run(run())
    assert asyncio.run(run()) == port


def test_where_a_library_finds_credentials_only_issued_ones_are_accepted() -> None:
    chained = Provider(kind="azure", base_url="http://127.0.0.1:9001", credentials="default")
    keyless = Provider(kind="azure", base_url="http://127.0.0.1:9002")
    found = simulators_of(configuration(("one", chained), ("two", keyless)), Path())
    assert {name: simulator.key_expected for name, simulator in found.items()} == {
        "one": True,
        "two": False,
    }
