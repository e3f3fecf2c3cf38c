"""What has expired goes, with what is too much; conversations are not begun anew."""

import asyncio
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from detente.gateway.guarding import kept_sweep as module
from detente.gateway.guarding.kept_conversations import (
    LOCK_NAME,
    UNFINISHED_SUFFIX,
    KeptConversations,
    lock_of,
)
from detente.gateway.guarding.kept_sweep import KNOWN_S, UNFINISHED_S, KeptSweeping, swept
from detente.guardrails.kept_maps import KeptMapError
from detente.wiring import Setup, Sources, build

ANN = {"⟨EMAIL_abcdefghijklm⟩": "ann@contoso.com"}
TALK = "conversation/conv_1"
TIMEOUT_S = 20


def store(folder: Path, now_s: float = 1_000) -> KeptConversations:
    """A store whose maps expire 100 seconds after `now_s`."""
    return KeptConversations(folder, bytes(32), ttl_s=100, now=lambda: now_s)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != LOCK_NAME)


def test_a_folder_that_is_not_there_is_swept(tmp_path: Path) -> None:
    assert swept(tmp_path / "kept", now_s=0, kept_max=1) == 0


def test_what_has_expired_goes_and_nothing_else(tmp_path: Path) -> None:
    store(tmp_path, 1_000).keep("shop", "response/1", ANN)
    store(tmp_path, 1_001).keep("shop", "response/2", ANN)
    store(tmp_path, 1_001).keep("shop", TALK, ANN)
    before = names(tmp_path)
    assert swept(tmp_path, now_s=1_099.9, kept_max=9) == 0
    assert names(tmp_path) == before
    assert swept(tmp_path, now_s=1_100, kept_max=9) == 1
    later = store(tmp_path, 1_100)
    assert later.recall("shop", ("response/2", TALK)) == ANN
    with pytest.raises(KeptMapError, match="nothing is kept"):
        later.recall("shop", ("response/1",))


def test_a_conversation_that_has_expired_is_emptied_and_does_not_begin_anew(tmp_path: Path) -> None:
    store(tmp_path).keep("shop", TALK, ANN)
    assert swept(tmp_path, now_s=1_100, kept_max=9) == 1
    (left,) = tmp_path.glob("*.talk")
    assert left.stat().st_size == 0
    for now_s in (1_101, 1_100 + KNOWN_S - 1):
        assert swept(tmp_path, now_s=now_s, kept_max=9) == 0
        for act in (
            lambda: store(tmp_path).recall("shop", (TALK,)),
            lambda: store(tmp_path).keep("shop", TALK, ANN),
        ):
            with pytest.raises(KeptMapError, match="a time that is over"):
                act()
    assert swept(tmp_path, now_s=1_100 + KNOWN_S, kept_max=9) == 1
    assert names(tmp_path) == []


def test_of_too_many_the_first_to_expire_go(tmp_path: Path) -> None:
    for number in range(9):
        store(tmp_path, 1_000 + number).keep("shop", f"response/{number}", ANN)
    assert swept(tmp_path, now_s=1_050, kept_max=4) == 5
    recalled: list[int] = []
    for number in range(9):
        try:
            store(tmp_path, 1_050).recall("shop", (f"response/{number}",))
        except KeptMapError:
            continue
        recalled.append(number)
    assert recalled == [5, 6, 7, 8]


def test_of_too_many_bytes_the_first_to_expire_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BYTES_EACH", 500)
    large = {"⟨EMAIL_abcdefghijklm⟩": "a" * 900}
    store(tmp_path, 1_000).keep("shop", "response/large", large)
    for number in range(3):
        store(tmp_path, 1_001 + number).keep("shop", f"response/{number}", ANN)
    assert swept(tmp_path, now_s=1_050, kept_max=5) == 0
    assert swept(tmp_path, now_s=1_050, kept_max=2) == 2
    assert store(tmp_path, 1_050).recall("shop", ("response/1", "response/2")) == ANN


def test_empty_marks_are_bounded_too(tmp_path: Path) -> None:
    for number in range(5):
        store(tmp_path, 1_000 + number).keep("shop", f"conversation/{number}", ANN)
    assert swept(tmp_path, now_s=2_000, kept_max=2) == 5
    assert len(names(tmp_path)) == 5
    assert swept(tmp_path, now_s=2_000, kept_max=2) == 3
    assert len(names(tmp_path)) == 2


def test_what_somebody_writes_meanwhile_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(tmp_path, 1_000).keep("shop", TALK, ANN)

    def late(folder: Path, *, tries: int) -> object:
        store(tmp_path, 1_090).keep("shop", TALK, ANN)
        return lock_of(folder, tries=tries)

    monkeypatch.setattr(module, "lock_of", late)
    assert swept(tmp_path, now_s=1_150, kept_max=9) == 0
    assert store(tmp_path, 1_150).recall("shop", (TALK,)) == ANN


def test_a_conversation_that_is_locked_waits_for_the_next_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOCK_TRIES", 1)
    store(tmp_path).keep("shop", TALK, ANN)
    with lock_of(tmp_path, tries=1):
        assert swept(tmp_path, now_s=2_000, kept_max=9) == 0
    assert swept(tmp_path, now_s=2_000, kept_max=9) == 1


def test_what_a_dead_process_left_half_goes(tmp_path: Path) -> None:
    (tmp_path / f"x.answer.1{UNFINISHED_SUFFIX}").write_bytes(b"half")
    (tmp_path / "notes.txt").write_text("somebody's own")
    now_s = time.time()
    swept(tmp_path, now_s=now_s, kept_max=9)
    assert len(names(tmp_path)) == 2
    swept(tmp_path, now_s=now_s + UNFINISHED_S + 60, kept_max=9)
    assert names(tmp_path) == ["notes.txt"]


def test_several_may_sweep_at_once(tmp_path: Path) -> None:
    for number in range(200):
        store(tmp_path).keep("shop", f"response/{number}", ANN)
        if number % 10 == 0:
            store(tmp_path).keep("shop", f"conversation/{number}", ANN)
    with ThreadPoolExecutor(4) as pool:
        sweeping = [pool.submit(swept, tmp_path, now_s=2_000, kept_max=9) for _ in range(4)]
        assert sum(one.result(TIMEOUT_S) for one in sweeping) >= 220
    assert all(path.stat().st_size == 0 for path in tmp_path.iterdir())


def setup_of(folder: Path, text: str = "") -> Callable[[], Setup]:
    setup = build(Sources(path=str(folder / "detente.toml"), main=text.encode(), agreements=()))
    return lambda: setup


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(TIMEOUT_S):
        while not done():
            await asyncio.sleep(0.005)


def test_it_sweeps_the_folder_of_the_configuration_until_it_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAUSE_S", 0.01)
    folder = tmp_path / "shared"
    kept = store(folder)

    async def sweeping() -> None:
        stopping = asyncio.Event()
        setup = setup_of(tmp_path, '[guardrails]\nkept_folder = "shared"\n')
        task = asyncio.create_task(KeptSweeping(setup).run(stopping))
        for number in range(2):
            kept.keep("shop", f"response/{number}", ANN)
            await until(lambda: names(folder) == [])
        stopping.set()
        async with asyncio.timeout(TIMEOUT_S):
            await task

    asyncio.run(sweeping())


def test_a_folder_that_cannot_be_read_is_told_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "PAUSE_S", 0.01)
    asked: list[Path] = []

    def broken(folder: Path, **_: float) -> int:
        asked.append(folder)
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(module, "swept", broken)

    async def sweeping() -> None:
        stopping = asyncio.Event()
        task = asyncio.create_task(KeptSweeping(setup_of(tmp_path)).run(stopping))
        await until(lambda: len(asked) > 1)
        stopping.set()
        async with asyncio.timeout(TIMEOUT_S):
            await task

    asyncio.run(sweeping())
    assert asked[0] == tmp_path / "state" / "kept"
    assert "kept maps cannot be swept: permission denied" in capfd.readouterr().err
