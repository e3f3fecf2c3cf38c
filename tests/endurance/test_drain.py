"""SIGTERM: nothing new is accepted, what is open ends well, and the bound holds."""

import asyncio
import signal
import socket
import ssl
import time
from pathlib import Path

import pytest

from bench import certificates
from tests.endurance.crowd import Got, ask
from tests.endurance.paced_upstream import PacedThread, expected_stream, paced_upstream
from tests.endurance.setting import crowd_setting
from tests.gateway_configuration import gateway_toml
from tests.gateway_process import GatewayProcess, eventually, running_gateway
from tests.ledger_entries import entries_when

STREAMS = 20
SILENT_S = 20
"""Less than the half minute for which TLS would wait, and far more than it takes."""
TOKENS = 40


@pytest.mark.timeout(60)
def test_open_streams_end_well_and_nothing_new_is_accepted(tmp_path: Path) -> None:
    with (
        paced_upstream(0.1) as upstream,
        crowd_setting(tmp_path, {"m": upstream.base_url}) as gateway,
    ):
        got, late = asyncio.run(_drain(gateway, upstream, TOKENS))
        assert [one.text for one in got] == [expected_stream(TOKENS)] * STREAMS
        assert late.status is None
        assert gateway.stop() == 0
        entries = entries_when(gateway.state, STREAMS)
        assert [entry.outcome for entry in entries][:STREAMS] == ["answered"] * STREAMS
        assert len(entries) == STREAMS


@pytest.mark.timeout(60)
def test_the_drain_is_bounded_and_what_it_cuts_is_settled(tmp_path: Path) -> None:
    limits = {"drain_timeout_ms": 500}
    with (
        paced_upstream(0.1) as upstream,
        crowd_setting(tmp_path, {"m": upstream.base_url}, limits=limits) as gateway,
    ):
        began = time.monotonic()
        got = asyncio.run(_cut(gateway, upstream))
        assert gateway.stop() == 0
        assert time.monotonic() - began < 25
        assert not any(one.complete for one in got)
        ids = {one.request_id for one in got}
        entries = [e for e in entries_when(gateway.state, STREAMS) if e.id in ids]
        assert len(entries) == STREAMS
        assert all(entry.usage is not None and entry.usage.estimated for entry in entries)


@pytest.mark.timeout(60)
def test_a_tls_client_that_says_no_goodbye_holds_nobody_up(tmp_path: Path) -> None:
    files = certificates.make(tmp_path / "certificates")
    server = f'tls = {{ certificate = "{files.chain}", private_key = "{files.private_key}" }}\n'
    text = gateway_toml(providers=(), models=())
    assert text.startswith("[server]\n")
    text = text.replace("[server]\n", f"[server]\n{server}", 1)
    context = ssl.create_default_context(cafile=str(files.authority))
    with running_gateway(tmp_path / "gateway", text) as gateway:
        plain = socket.create_connection(("127.0.0.1", gateway.port), timeout=10)
        with context.wrap_socket(plain, server_hostname="localhost"):
            began = time.monotonic()
            assert gateway.stop() == 0
            assert time.monotonic() - began < SILENT_S


async def _cut(gateway: GatewayProcess, upstream: PacedThread) -> list[Got]:
    asking = await _begin(gateway, upstream, 500)
    gateway.signal(signal.SIGTERM)
    return list(await asyncio.gather(*asking))


async def _drain(
    gateway: GatewayProcess, upstream: PacedThread, tokens: int
) -> tuple[list[Got], Got]:
    asking = await _begin(gateway, upstream, tokens)
    gateway.signal(signal.SIGTERM)
    await asyncio.to_thread(_wait_until_refusing, gateway)
    late = await ask(gateway.port, model="m", marker="late", tokens=1)
    # Refused by a gateway that drains, not by one that has gone.
    assert not any(task.done() for task in asking)
    return list(await asyncio.gather(*asking)), late


async def _begin(
    gateway: GatewayProcess, upstream: PacedThread, tokens: int
) -> list[asyncio.Task[Got]]:
    asking = [
        asyncio.create_task(ask(gateway.port, model="m", marker=f"d-{number}", tokens=tokens))
        for number in range(STREAMS)
    ]
    await asyncio.to_thread(
        eventually, lambda: len(upstream.asked()) == STREAMS, "every stream has begun"
    )
    return asking


def _wait_until_refusing(gateway: GatewayProcess) -> None:
    """Nobody listens on the data plane's port any more."""
    eventually(lambda: not gateway.accepts(), "the listener is closed")
