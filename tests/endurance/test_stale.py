"""Kept connections that died: asked again only if not one byte of an answer had come.

Requests are counted at the provider. Whatever began to be answered, or failed on a fresh
connection, is never sent a second time.
"""

import asyncio
from collections.abc import Generator
from pathlib import Path

import msgspec
import pytest

from tests.endurance.fickle_upstream import FickleUpstream, fickle_upstream
from tests.endurance.setting import crowd_setting
from tests.gateway_process import GatewayProcess, eventually
from tests.hostile.raw_client import send
from tests.ledger_entries import entry_of


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """The gateway and the provider behind it."""

    gateway: GatewayProcess
    upstream: FickleUpstream

    def ask(self, word: str, marker: str) -> tuple[int, str]:
        """Status and request id of one call."""
        content = b'{"model":"m","messages":[{"role":"user","content":"%b %b"}]}' % (
            word.encode(),
            marker.encode(),
        )
        head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: g\r\nconnection: close\r\n"
        payload = head + b"content-length: %d\r\n\r\n" % len(content) + content
        exchange = asyncio.run(send(self.gateway.port, [payload]))
        (answer,) = exchange.answers
        return answer.status, answer.headers["x-detente-request-id"]


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Generator[Setting]:
    """One gateway for the module."""
    folder: Path = tmp_path_factory.mktemp("stale")
    with (
        fickle_upstream() as upstream,
        crowd_setting(folder, {"m": upstream.base_url}) as gateway,
    ):
        yield Setting(gateway=gateway, upstream=upstream)


def _with_a_kept_connection(setting: Setting) -> None:
    assert setting.ask("serve", "warm")[0] == 200
    eventually(lambda: setting.upstream.open >= 1, "a connection is kept")


@pytest.mark.parametrize("word", ["kept-drop", "kept-reset"])
def test_a_kept_connection_that_died_silently_is_replaced_once(setting: Setting, word: str) -> None:
    _with_a_kept_connection(setting)
    status, request_id = setting.ask(word, f"m-{word}")
    assert status == 200
    assert setting.upstream.counts[f"m-{word}"] == 2
    entry = entry_of(setting.gateway.state, request_id)
    assert entry.outcome == "answered"
    assert len(entry.attempts) == 1


def test_a_connection_that_was_closed_while_idle_is_not_used(setting: Setting) -> None:
    _with_a_kept_connection(setting)
    setting.upstream.end_kept_connections()
    eventually(lambda: setting.upstream.open == 0, "every connection is closed")
    status, _ = setting.ask("serve", "m-idle")
    assert status == 200
    assert setting.upstream.counts["m-idle"] == 1


@pytest.mark.parametrize("word", ["kept-half", "kept-cut"])
def test_what_began_to_be_answered_is_never_asked_again(setting: Setting, word: str) -> None:
    _with_a_kept_connection(setting)
    status, request_id = setting.ask(word, f"m-{word}")
    assert status == 502
    assert setting.upstream.counts[f"m-{word}"] == 1
    assert entry_of(setting.gateway.state, request_id).outcome == "failed"


@pytest.mark.parametrize("word", ["drop", "reset", "half", "cut"])
def test_a_fresh_connection_that_fails_is_never_retried(setting: Setting, word: str) -> None:
    setting.upstream.end_kept_connections()
    eventually(lambda: setting.upstream.open == 0, "every connection is closed")
    status, _ = setting.ask(word, f"fresh-{word}")
    assert status == 502
    assert setting.upstream.counts[f"fresh-{word}"] == 1
