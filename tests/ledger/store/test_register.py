"""The register on disk: what was acknowledged is there, whole and in one chain, come what may."""

import errno
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from detente.canonical.register import NOTHING, RegisterEntry, line_of
from detente.configuration.located import LocatedErrors
from detente.ledger.failures import RegisterUnusable
from detente.ledger.register import read_register
from detente.ledger.store import register as store
from detente.ledger.store.register import append, read_bytes
from tests.gateway_process import SOURCE

AT = datetime(2026, 1, 1, tzinfo=UTC)
WAIT_S = 60.0


def entry(name: str, evidence: str | None = None) -> RegisterEntry:
    return RegisterEntry(
        action="event_declared", name=name, by="lab", at=AT, recorded_at=AT, evidence=evidence
    )


def names(path: Path) -> list[str]:
    """The entries on disk; raises where the chain is broken."""
    return [found.name for found in read_register(read_bytes(path), str(path))]


def add(path: Path, name: str, *, mend: bool = False) -> store.Appended:
    return append(path, lambda _: entry(name), mend=mend)


WRITER = """
import os, signal, sys
from pathlib import Path
from datetime import UTC, datetime
from detente.canonical.register import RegisterEntry
from detente.ledger.store.register import append

AT = datetime(2026, 1, 1, tzinfo=UTC)

def add(name, evidence=None):
    return append(Path(sys.argv[1]), lambda _: RegisterEntry(
        action="event_declared", name=name, by="lab", at=AT, recorded_at=AT, evidence=evidence))
"""


def writer(path: Path, code: str, *arguments: str) -> subprocess.Popen[bytes]:
    """A process of its own that runs `code` after `WRITER`."""
    return subprocess.Popen(
        [sys.executable, "-c", WRITER + textwrap.dedent(code), str(path), *arguments],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    out, err = process.communicate(timeout=WAIT_S)
    return process.returncode, (out + err).decode()


def test_entries_follow_each_other(tmp_path: Path) -> None:
    path = tmp_path / "state" / "register.jsonl"
    assert read_bytes(path) == b""
    first = add(path, "a")
    assert (first.line, first.entry and first.entry.previous) == (1, NOTHING)
    seen: list[Sequence[RegisterEntry]] = []

    def propose(entries: tuple[RegisterEntry, ...]) -> RegisterEntry:
        seen.append(entries)
        return entry("b", "line\nbreak and \u2028")

    second = append(path, propose)
    assert second.line == 2
    assert seen == [(first.entry,)]
    assert names(path) == ["a", "b"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_nothing_is_added_where_nothing_is_proposed(tmp_path: Path) -> None:
    path = tmp_path / "r"
    add(path, "a")
    before = path.read_bytes()
    assert append(path, lambda _: None) == store.Appended(entry=None, line=1)

    def refuse(_: object) -> RegisterEntry:
        raise RegisterUnusable("not this")

    with pytest.raises(RegisterUnusable, match="not this"):
        append(path, refuse)
    assert path.read_bytes() == before
    add(path, "b")  # the lock was released


def test_hundreds_of_writers_at_once_make_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "register.jsonl"
    code = """
        for number in range(25):
            done = add(f"{sys.argv[2]}-{number}", "x" * (number * 97))
            print(done.line)
    """
    writers = [writer(path, code, f"w{number}") for number in range(8)]
    lines: list[int] = []
    for process in writers:
        status, said = ended(process)
        assert status == 0, said
        lines += [int(line) for line in said.split()]
    found = names(path)
    assert sorted(lines) == list(range(1, 201))
    assert sorted(found) == sorted(f"w{w}-{n}" for w in range(8) for n in range(25))
    for number in range(8):  # each writer's own order is kept
        own = [name for name in found if name.startswith(f"w{number}-")]
        assert own == [f"w{number}-{n}" for n in range(25)]


def test_killed_between_write_and_sync_it_is_whole_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "register.jsonl"
    add(path, "a")
    status, said = ended(
        writer(path, "os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)\nadd('b')")
    )
    assert status == -signal.SIGKILL, said
    assert names(path) == ["a", "b"]
    assert add(path, "c").line == 3


def test_killed_in_the_middle_of_a_write(tmp_path: Path) -> None:
    path = tmp_path / "register.jsonl"
    add(path, "a")
    code = """
        write = os.pwrite
        def half(file, data, at):
            write(file, data[:len(data) // 2], at)
            os.kill(os.getpid(), signal.SIGKILL)
        os.pwrite = half
        add("b")
    """
    status, said = ended(writer(path, code))
    assert status == -signal.SIGKILL, said
    cut = path.read_bytes()
    with pytest.raises(LocatedErrors, match=r"register.jsonl:2: the last line was cut off"):
        add(path, "c")
    assert path.read_bytes() == cut
    done = add(path, "c", mend=True)
    aside = tmp_path / "register.jsonl.cut"
    assert done.mended == aside
    assert names(path) == ["a", "c"]
    assert cut.endswith(aside.read_bytes().removesuffix(b"\n"))
    assert aside.read_bytes().startswith(b'{"action"')


def test_mending_changes_nothing_that_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "register.jsonl"
    add(path, "a")
    assert add(path, "b", mend=True).mended is None
    broken = path.read_bytes().replace(b'"a"', b'"z"')
    path.write_bytes(broken)
    with pytest.raises(LocatedErrors, match="does not follow"):
        add(path, "c", mend=True)
    assert path.read_bytes() == broken
    assert os.listdir(tmp_path) == ["register.jsonl"]


def test_a_full_disk_leaves_the_chain_valid_and_names_the_cure(tmp_path: Path) -> None:
    path = tmp_path / "register.jsonl"
    code = """
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048))
        for number in range(100):
            add(f"e{number}")
            print(number, flush=True)
    """
    status, said = ended(writer(path, code))
    assert status == 1
    assert "nothing was recorded, as" in said
    assert "file too large" in said
    assert "`ulimit -f`" in said
    acknowledged = [line for line in said.splitlines() if line.isdecimal()]
    assert names(path) == [f"e{number}" for number in acknowledged]
    assert 1 < len(acknowledged) < 100
    assert path.stat().st_size < 2048
    add(path, "after")


@pytest.mark.parametrize(
    ("number", "cure"),
    [
        (errno.ENOSPC, "free some space"),
        (errno.EDQUOT, "raise the quota"),
        (errno.EROFS, "`agreements.register`"),
        (errno.EIO, "check the disk"),
    ],
)
def test_a_sync_that_fails_takes_the_entry_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, cure: str
) -> None:
    path = tmp_path / "register.jsonl"
    add(path, "a")
    real, calls = os.fsync, [0]

    def fails_once(file: int) -> None:
        calls[0] += 1
        if calls[0] == 1:
            raise OSError(number, os.strerror(number))
        real(file)

    monkeypatch.setattr("os.fsync", fails_once)
    with pytest.raises(RegisterUnusable, match="nothing was recorded") as raised:
        add(path, "b")
    assert cure in str(raised.value)
    assert names(path) == ["a"]


def test_a_write_that_is_cut_short_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "register.jsonl"
    real = os.pwrite

    def three_bytes(file: int, data: bytes, at: int) -> int:
        return real(file, data[:3], at)

    monkeypatch.setattr("os.pwrite", three_bytes)
    add(path, "a")
    assert path.read_bytes() == line_of(entry("a")) + b"\n"


def test_a_folder_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(RegisterUnusable, match=r"nothing was recorded.*not a directory"):
        add(tmp_path / "file" / "register.jsonl", "a")
    (tmp_path / "folder").mkdir()
    with pytest.raises(RegisterUnusable, match=r"is a directory.*`agreements.register`"):
        add(tmp_path / "folder", "a")
    with pytest.raises(LocatedErrors, match="is a directory"):
        read_bytes(tmp_path / "folder")


def test_a_folder_that_is_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def refused(path: object, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_CREAT:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return real(str(path), flags, mode)

    monkeypatch.setattr("os.open", refused)  # tests may run as root, whom no folder refuses
    with pytest.raises(RegisterUnusable, match=r"permission denied\); allow this user to write"):
        add(tmp_path / "register.jsonl", "a")


def test_a_lock_that_is_never_released_ends_the_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "register.jsonl"
    add(path, "a")
    monkeypatch.setattr(store, "LOCK_WAIT_S", 0.05)

    def meanwhile(_: object) -> RegisterEntry:
        with pytest.raises(RegisterUnusable, match="has been locked for"):
            add(path, "inner")
        with pytest.raises(LocatedErrors, match="has been locked for"):
            read_bytes(path)
        return entry("outer")

    append(path, meanwhile)
    assert names(path) == ["a", "outer"]


def test_a_file_that_was_replaced_while_its_lock_was_awaited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "register.jsonl"
    add(path, "a")
    backup = path.read_bytes()
    add(path, "b")
    real, waits = store.fcntl.flock, [0]

    def replaced(file: int, kind: int) -> None:
        waits[0] += 1
        if waits[0] == 1:
            (tmp_path / "new").write_bytes(backup)
            (tmp_path / "new").replace(path)
        real(file, kind)

    monkeypatch.setattr("fcntl.flock", replaced)
    add(path, "c")
    assert names(path) == ["a", "c"]
    assert waits[0] == 3  # once in vain, once for the file that is there now, once to read it


def test_a_file_that_is_replaced_all_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "register.jsonl"
    add(path, "a")
    monkeypatch.setattr(store, "OPENINGS_MAX", 3)
    real = store.fcntl.flock

    def replaced(file: int, kind: int) -> None:
        (tmp_path / "new").write_bytes(path.read_bytes())
        (tmp_path / "new").replace(path)
        real(file, kind)

    monkeypatch.setattr("fcntl.flock", replaced)
    with pytest.raises(RegisterUnusable, match="is being replaced all the time"):
        add(path, "b")


def test_its_size_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "register.jsonl"
    add(path, "a")
    monkeypatch.setattr(store, "REGISTER_BYTES_MAX", path.stat().st_size + 10)
    with pytest.raises(RegisterUnusable, match=r"larger than \d+ bytes; name a new one"):
        add(path, "b")
    assert names(path) == ["a"]
    path.write_bytes(path.read_bytes() + b"x" * 11)
    with pytest.raises(LocatedErrors, match="larger than"):
        read_bytes(path)
