"""A crowd of streams while the configuration reloads and one provider is killed.

No stream of the other provider is touched: every byte is known beforehand. Every request has
exactly one ledger entry.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import httpx2
import msgspec
import pytest

from tests.endurance.crowd import Got, ask
from tests.endurance.paced_upstream import PacedThread, expected_stream, paced_upstream
from tests.endurance.setting import crowd_setting, crowd_toml
from tests.gateway_process import GatewayProcess, eventually
from tests.ledger_entries import entries_when


class Crowd(msgspec.Struct, frozen=True, kw_only=True):
    """How many ask for how much, and how often the configuration changes meanwhile."""

    streams: int
    tokens: int
    token_s: float
    reloads: int


SMALL = Crowd(streams=200, tokens=16, token_s=0.2, reloads=3)
WHOLE = Crowd(streams=1_000, tokens=30, token_s=1.0, reloads=10)


def _test_crowd(folder: Path, crowd: Crowd) -> None:
    with paced_upstream(crowd.token_s) as left, paced_upstream(crowd.token_s) as right:
        urls = {"left": left.base_url, "right": right.base_url}
        with crowd_setting(folder, urls) as gateway:
            got = asyncio.run(_run(gateway, crowd, left, right))
            _check_streams(got, crowd)
            # The lists of models that this test asks for are entries too, of no model.
            entries = [e for e in entries_when(gateway.state, crowd.streams) if e.asked_model]
            ids = Counter(entry.id for entry in entries)
            assert ids == Counter(one.request_id for one in got)
            whole = expected_stream(crowd.tokens)
            outcomes = {entry.id: entry.outcome for entry in entries}
            for one in got:
                assert one.request_id is not None
                expected = "answered" if one.text == whole else "failed"
                assert outcomes[one.request_id] == expected, one


async def _run(
    gateway: GatewayProcess, crowd: Crowd, left: PacedThread, right: PacedThread
) -> list[Got]:
    names = ["left" if number % 2 else "right" for number in range(crowd.streams)]
    asking = [
        asyncio.create_task(
            ask(gateway.port, model=name, marker=f"{name}-{number}", tokens=crowd.tokens)
        )
        for number, name in enumerate(names)
    ]
    await asyncio.to_thread(_wait_for, left, right, crowd.streams)
    for number in range(1, crowd.reloads + 1):
        await asyncio.to_thread(_reload, gateway, left, right, number)
        if number == crowd.reloads // 2:
            await asyncio.to_thread(right.die)
    # Not one stream may have ended before the last reload, or this proves nothing.
    assert not any(s.finished for streams in left.upstream.streams.values() for s in streams)
    return list(await asyncio.gather(*asking))


def _wait_for(left: PacedThread, right: PacedThread, streams: int) -> None:
    eventually(
        lambda: len(left.asked()) + len(right.asked()) == streams, "every stream has begun", 60
    )


def _reload(gateway: GatewayProcess, left: PacedThread, right: PacedThread, number: int) -> None:
    urls = {"left": left.base_url, "right": right.base_url}
    gateway.reload(crowd_toml(urls, extra_models=number))
    eventually(lambda: f"extra/{number - 1}" in _models(gateway), f"reload {number} is in force")


def _models(gateway: GatewayProcess) -> Sequence[str]:
    answer = httpx2.get(f"{gateway.base_url}/v1/models", timeout=10)
    listed = msgspec.json.decode(answer.content, type=dict[str, object])["data"]
    return [str(row["id"]) for row in msgspec.convert(listed, list[dict[str, object]])]


def _check_streams(got: Sequence[Got], crowd: Crowd) -> None:
    whole = expected_stream(crowd.tokens)
    for one in got:
        assert one.status == 200, one
        if one.marker.startswith("left"):
            assert one.text == whole, one.marker
        else:
            assert not one.text.endswith(b"data: [DONE]\n\n"), one.marker
            assert b'"error"' in one.text or not one.complete, one.marker


@pytest.mark.timeout(120)
def test_a_crowd_is_untouched_by_reloads_and_by_the_death_of_the_other_provider(
    tmp_path: Path,
) -> None:
    _test_crowd(tmp_path, SMALL)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_thousand_streams_are_untouched_by_ten_reloads(tmp_path: Path) -> None:
    _test_crowd(tmp_path, WHOLE)


@pytest.mark.timeout(60)
def test_the_last_of_many_quick_reloads_is_in_force(tmp_path: Path) -> None:
    with paced_upstream(0.01) as left:
        urls = {"left": left.base_url}
        with crowd_setting(tmp_path, urls) as gateway:
            for number in range(1, 16):
                gateway.reload(crowd_toml(urls, extra_models=number))
            eventually(lambda: "extra/14" in _models(gateway), "the last reload is in force")


@pytest.mark.timeout(60)
def test_a_bad_configuration_changes_nothing_and_is_said(tmp_path: Path) -> None:
    with paced_upstream(0.01) as left:
        urls = {"left": left.base_url}
        with crowd_setting(tmp_path, urls) as gateway:
            before = _models(gateway)
            for bad in (b"[server\n", b"[server]\nlissen = 1\n", b"\xff\xfe"):
                said = gateway.errors().count("not reloaded")
                gateway.file.write_bytes(bad)
                gateway.reload()
                eventually(lambda s=said: gateway.errors().count("not reloaded") > s, "it is said")
                assert _models(gateway) == before
                got = asyncio.run(ask(gateway.port, model="left", marker=f"b-{said}", tokens=1))
                assert got.status == 200
            assert "lissen" in gateway.errors()
            gateway.reload(crowd_toml(urls, extra_models=1))
            eventually(lambda: "extra/0" in _models(gateway), "a good one is taken again")


@pytest.mark.timeout(60)
def test_a_withdrawn_deployment_is_not_asked_once_the_reload_is_in_force(tmp_path: Path) -> None:
    with paced_upstream(0.01) as left, paced_upstream(0.01) as right:
        urls = {"left": left.base_url, "right": right.base_url}
        with crowd_setting(tmp_path, urls) as gateway:
            assert (
                asyncio.run(ask(gateway.port, model="right", marker="w-1", tokens=1)).status == 200
            )
            gateway.reload(crowd_toml({"left": left.base_url}))
            eventually(lambda: "tests/right" not in _models(gateway), "the reload is in force")
            for number in range(2, 12):
                got = asyncio.run(ask(gateway.port, model="right", marker=f"w-{number}", tokens=1))
                assert got.status == 404
            assert list(right.asked()) == ["w-1"]
