"""Sealed maps on disk: they open for their project, conversation and time, in any process, and
nobody reads anything from them."""

import errno
import fcntl
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.gateway_process import SOURCE

from detente.gateway.guarding import kept_conversations as module
from detente.gateway.guarding.kept_conversations import (
    LOCK_NAME,
    KeptConversations,
    kept_conversations,
    kept_folder,
    lock_of,
)
from detente.guardrails.kept_maps import MAP_BYTES_MAX, KeptMapError
from detente.wiring import Sources, build

SECRET = bytes(range(32))
ANN = {"⟨EMAIL_abcdefghijklm⟩": "ann@contoso.com"}
BOB = {"⟨EMAIL_nopqrstuvwxyz⟩": "bob@contoso.com"}
ANSWER = "response/1"
TALK = "conversation/conv_1"
TIMEOUT_S = 20


class Wall:
    """A clock that is set by hand."""

    now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


def store(
    folder: Path, *, secret: bytes = SECRET, wall: Wall | None = None, alone: bool = True
) -> KeptConversations:
    return KeptConversations(folder / "kept", secret, ttl_s=100, now=wall or Wall(), alone=alone)


def maps_in(folder: Path) -> list[Path]:
    return [path for path in (folder / "kept").iterdir() if path.name != LOCK_NAME]


def test_another_worker_reads_what_one_has_kept(tmp_path: Path) -> None:
    store(tmp_path).keep("shop", ANSWER, ANN)
    assert store(tmp_path).recall("shop", (ANSWER,)) == ANN
    assert store(tmp_path).recall("shop", ()) == {}


def test_another_process_reads_and_writes(tmp_path: Path) -> None:
    store(tmp_path).keep("shop", TALK, ANN)
    code = (
        "import sys; from pathlib import Path\n"
        "from detente.gateway.guarding.kept_conversations import KeptConversations\n"
        "folder, secret = Path(sys.argv[1]), bytes(range(32))\n"
        "kept = KeptConversations(folder, secret, ttl_s=100, now=lambda: 999)\n"
        f"found = kept.recall('shop', ({TALK!r},))\n"
        f"assert found == {ANN!r}, found\n"
        f"kept.keep('shop', {TALK!r}, {BOB!r})\n"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "kept")],
        check=True,
        timeout=TIMEOUT_S,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    assert store(tmp_path).recall("shop", (TALK,)) == {**ANN, **BOB}


def test_nothing_can_be_read_from_the_folder(tmp_path: Path) -> None:
    store(tmp_path).keep("shop-of-ann", ANSWER, ANN)
    store(tmp_path).keep("shop-of-ann", TALK, ANN)
    assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o700
    for path in (tmp_path / "kept").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
        for word in (b"contoso", b"EMAIL", b"shop", b"conv_1", b"response"):
            assert word not in path.name.encode() + path.read_bytes()
    named = [path.name for path in maps_in(tmp_path)]
    (tmp_path / "other").mkdir()
    store(tmp_path / "other", secret=bytes(32)).keep("shop-of-ann", ANSWER, ANN)
    assert maps_in(tmp_path / "other")[0].name not in named


def test_a_map_that_nothing_was_in_is_known(tmp_path: Path) -> None:
    store(tmp_path).keep("shop", ANSWER, {})
    assert store(tmp_path).recall("shop", (ANSWER,)) == {}


@pytest.mark.parametrize(
    ("project", "name"), [("other", ANSWER), ("shop", "response/2"), ("", ANSWER)]
)
def test_what_was_not_kept_is_refused(tmp_path: Path, project: str, name: str) -> None:
    store(tmp_path).keep("shop", ANSWER, ANN)
    with pytest.raises(KeptMapError, match="nothing is kept here of what the request goes on"):
        store(tmp_path).recall(project, (name,))


def test_another_secret_opens_nothing(tmp_path: Path) -> None:
    store(tmp_path).keep("shop", ANSWER, ANN)
    with pytest.raises(KeptMapError):
        store(tmp_path, secret=bytes(32)).recall("shop", (ANSWER,))


def test_a_map_put_in_another_ones_place_is_refused(tmp_path: Path) -> None:
    kept = store(tmp_path)
    kept.keep("shop", ANSWER, ANN)
    (theirs,) = maps_in(tmp_path)
    kept.keep("other", ANSWER, BOB)
    (ours,) = (path for path in maps_in(tmp_path) if path != theirs)
    ours.write_bytes(theirs.read_bytes())
    with pytest.raises(KeptMapError, match="of another project or conversation"):
        kept.recall("other", (ANSWER,))


@pytest.mark.parametrize("name", [ANSWER, TALK])
def test_a_map_that_has_expired_is_refused(tmp_path: Path, name: str) -> None:
    wall = Wall()
    kept = store(tmp_path, wall=wall)
    kept.keep("shop", name, ANN)
    wall.now_s += 99.9
    assert kept.recall("shop", (name,)) == ANN
    wall.now_s += 0.1
    with pytest.raises(KeptMapError, match="a time that is over"):
        kept.recall("shop", (name,))


@pytest.mark.parametrize("content", [b"", b"dtm1", bytes(100), bytes(MAP_BYTES_MAX + 4_096)])
@pytest.mark.parametrize("name", [ANSWER, TALK])
def test_a_damaged_file_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    kept = store(tmp_path)
    kept.keep("shop", name, ANN)
    maps_in(tmp_path)[0].write_bytes(content)
    with pytest.raises(KeptMapError, match="begin a new conversation, or send its history"):
        kept.recall("shop", (name,))


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    kept = store(tmp_path)
    kept.keep("shop", ANSWER, ANN)
    (path,) = maps_in(tmp_path)
    path.unlink()
    path.mkdir()
    with pytest.raises(KeptMapError, match=r"cannot be read \(is a directory\)"):
        kept.recall("shop", (ANSWER,))


def test_a_conversation_grows_and_a_response_does_not(tmp_path: Path) -> None:
    kept = store(tmp_path)
    assert kept.recall("shop", (TALK,)) == {}
    for name in (TALK, ANSWER):
        kept.keep("shop", name, ANN)
        kept.keep("shop", name, BOB)
    assert kept.recall("shop", (TALK,)) == {**ANN, **BOB}
    assert kept.recall("shop", (ANSWER,)) == BOB
    with pytest.raises(KeptMapError, match="two originals"):
        kept.keep("shop", TALK, dict.fromkeys(ANN, "eve@contoso.com"))
    assert kept.recall("shop", (TALK, ANSWER)) == {**ANN, **BOB}


def test_growing_lengthens_the_time(tmp_path: Path) -> None:
    wall = Wall()
    kept = store(tmp_path, wall=wall)
    kept.keep("shop", TALK, ANN)
    wall.now_s += 60
    kept.keep("shop", TALK, BOB)
    (path,) = maps_in(tmp_path)
    assert path.stat().st_mtime == 1_160
    wall.now_s += 60
    assert kept.recall("shop", (TALK,)) == {**ANN, **BOB}
    wall.now_s += 60
    with pytest.raises(KeptMapError, match="a time that is over"):
        kept.keep("shop", TALK, BOB)


def test_many_grow_one_conversation_at_once(tmp_path: Path) -> None:
    said = [{f"⟨EMAIL_{number:013d}⟩": f"{number}@contoso.com"} for number in range(32)]
    with ThreadPoolExecutor(4) as pool:
        growing = [pool.submit(store(tmp_path).keep, "shop", TALK, one) for one in said]
        for one in growing:
            one.result(TIMEOUT_S)
    assert len(store(tmp_path).recall("shop", (TALK,))) == 32
    assert len(maps_in(tmp_path)) == 1


def test_a_lock_that_is_held_on_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOCK_PAUSE_S", 0.0)
    kept = store(tmp_path)
    kept.keep("shop", TALK, ANN)
    with lock_of(tmp_path / "kept", tries=1) as held:
        assert held
        with pytest.raises(KeptMapError, match="take too long; try again"):
            kept.keep("shop", TALK, BOB)
        kept.keep("shop", ANSWER, ANN)
    kept.keep("shop", TALK, BOB)


def test_where_several_machines_serve_conversations_are_refused(tmp_path: Path) -> None:
    kept = store(tmp_path, alone=False)
    for act in (lambda: kept.recall("shop", (TALK,)), lambda: kept.keep("shop", TALK, ANN)):
        with pytest.raises(KeptMapError, match="where several machines serve"):
            act()
    kept.keep("shop", ANSWER, ANN)
    assert kept.recall("shop", (ANSWER,)) == ANN


def test_what_is_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeptMapError, match="are the most that is kept"):
        store(tmp_path).keep("shop", ANSWER, {"a": "x" * MAP_BYTES_MAX})


def test_a_full_disk_is_told_and_leaves_the_old_map(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = store(tmp_path)
    kept.keep("shop", ANSWER, ANN)

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(KeptMapError, match=r"cannot be written \(no space left on device\)"):
        kept.keep("shop", ANSWER, BOB)
    monkeypatch.undo()
    assert len(maps_in(tmp_path)) == 1
    assert kept.recall("shop", (ANSWER,)) == ANN


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("")
    for name in (ANSWER, TALK):
        with pytest.raises(KeptMapError, match="see to the folder of kept maps"):
            store(tmp_path).keep("shop", name, ANN)


def test_the_lock_is_free_after_its_holder(tmp_path: Path) -> None:
    with lock_of(tmp_path, tries=1) as held:
        assert held
        with lock_of(tmp_path, tries=1) as again:
            assert not again
    descriptor = os.open(tmp_path / LOCK_NAME, os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(descriptor)


def test_a_configuration_says_where_and_how_long(tmp_path: Path) -> None:
    def of(text: str) -> tuple[Path, KeptConversations]:
        setup = build(
            Sources(path=str(tmp_path / "detente.toml"), main=text.encode(), agreements=())
        )
        setup.state.mkdir(exist_ok=True)
        return kept_folder(setup), kept_conversations(setup, SECRET, lambda: 1_000)

    folder, kept = of("")
    assert folder == tmp_path / "state" / "kept"
    kept.keep("shop", ANSWER, ANN)
    assert next(folder.iterdir()).stat().st_mtime == 1_000 + 30 * 86_400
    folder, kept = of(
        '[guardrails]\nkept_ttl_ms = 5_000\nkept_folder = "shared"\n'
        '[store]\nurl = "postgresql://a@127.0.0.1/b"\n'
    )
    assert folder == tmp_path / "shared"
    kept.keep("shop", ANSWER, ANN)
    assert next(folder.iterdir()).stat().st_mtime == 1_005
    with pytest.raises(KeptMapError, match="several machines"):
        kept.recall("shop", (TALK,))
