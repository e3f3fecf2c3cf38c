"""A dictionary that disappears, or cannot be read any more: no less is looked at than before."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.gateway_process import GatewayProcess, eventually, running_gateway
from tests.guarded_failures.callers import Call, Crowd, Heard
from tests.guarded_failures.dialect_requests import request_in
from tests.guarded_failures.planting import name_of
from tests.guarded_failures.recorder import Recorder, recorders
from tests.guarded_failures.setting import MORE, configuration, files_in, key_of
from tests.ledger_entries import entry_of

NAME: Final = name_of(7)
LATER: Final = "Somebody Else"


def _disappears(file: Path) -> None:
    file.unlink()


def _is_no_text(file: Path) -> None:
    file.write_bytes(b"Te\xff\xfe\x00\n")


def _is_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def _asked(gateway: GatewayProcess, said: str) -> Heard:
    call = Call(
        number=1,
        key=key_of("closed"),
        asked=request_in("openai_chat", {"user": f"Ask {said}."}, stream=False),
        headers="x-detente-route: us\r\n",
    )
    return asyncio.run(Crowd(gateway.port).call(call))


@pytest.mark.timeout(60)
def test_what_was_looked_for_is_looked_for_still(tmp_path: Path) -> None:
    upstreams = [Recorder({"answer": 1}, number) for number in range(3)]
    with recorders(*upstreams):
        own, eu, us = (one.base_url for one in upstreams)
        text = configuration(own=own, eu=eu, us=us)
        more = text.replace("\n[guardrails.policies", MORE + "\n[guardrails.policies", 1)
        with running_gateway(tmp_path, text, files_in(tmp_path)) as gateway:
            assert _asked(gateway, NAME).status == 403
            breaking: tuple[Callable[[Path], None], ...] = (_disappears, _is_no_text, _is_a_folder)
            for breaks in breaking:
                said = gateway.errors().count("not reloaded")
                breaks(tmp_path / "clients.txt")
                gateway.reload(more)
                eventually(lambda s=said: gateway.errors().count("not reloaded") > s, "it is said")
                for heard in (_asked(gateway, NAME) for _ in range(4)):  # of whichever worker
                    assert heard.status == 403
                    entry = entry_of(gateway.state, heard.request_id)
                    assert [(one.category, one.treatment) for one in entry.screened] == [
                        ("person", "block")
                    ]
            assert "clients.txt" in gateway.errors()
            before = gateway.workers()
            for pid in before:
                os.kill(pid, signal.SIGKILL)
            eventually(lambda: len(set(gateway.workers()) - set(before)) == 2, "all are new")
            eventually(gateway.accepts, "somebody listens")
            for heard in (_asked(gateway, NAME) for _ in range(4)):
                assert heard.status == 403
            assert _asked(gateway, LATER).status == 200
            (tmp_path / "clients.txt").rmdir()
            (tmp_path / "clients.txt").write_text(f"{NAME}\n{LATER}\n", encoding="utf-8")
            gateway.reload(text)
            eventually(lambda: _asked(gateway, LATER).status == 403, "the new one is in force")
        errors = gateway.errors()
    assert "bug in request" not in errors
    assert NAME not in errors
    assert NAME.encode() not in upstreams[2].seen
