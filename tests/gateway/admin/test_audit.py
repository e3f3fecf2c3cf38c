"""The audit list: a change is there before it is tried, and its end after."""

import os
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from tests.full_disk import file_size_limit
from tests.gateway.admin.admin_props import NOW

from detente.gateway.admin import audit as audit_module
from detente.gateway.admin.access import Asker
from detente.gateway.admin.audit import EARLIER_NAME, FILE_NAME, Audit, shown

OPS = Asker(name="ops", role="operator")


def audit_in(folder: Path) -> Audit:
    numbers = count(1)
    return Audit(folder, wall=lambda: NOW, new_id=lambda: f"c{next(numbers)}")


def test_a_change_and_how_it_ended(tmp_path: Path) -> None:
    audit = audit_in(tmp_path)
    first = audit.begin(OPS, "reload", "/admin/v1/reload", {})
    audit.end(first, 200)
    second = audit.begin(OPS, "begin_drill", "/admin/v1/drill", {"without": "host:h"})
    newest, before = audit.latest(10)
    assert (newest.id, newest.status) == (second, None)
    assert bytes(newest.said["without"]) == b'"host:h"'
    assert (before.name, before.role, before.operation) == ("ops", "operator", "reload")
    assert (before.at, before.path, before.status) == (NOW, "/admin/v1/reload", 200)
    assert [change.id for change in audit.latest(1)] == [second]


def test_nobody_else_reads_it(tmp_path: Path) -> None:
    audit_in(tmp_path).begin(OPS, "reload", "/", {})
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_it_is_on_the_disk_before_the_change_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    real: Callable[[int], None] = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_size)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    audit_in(tmp_path).begin(OPS, "reload", "/", {})
    assert synced == [(tmp_path / FILE_NAME).stat().st_size]


def test_a_disk_that_takes_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        audit_in(tmp_path / "gone").begin(OPS, "reload", "/", {})


def test_the_list_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_module, "FILE_BYTES_MAX", 1_000)
    audit = audit_in(tmp_path)
    for _ in range(50):
        audit.end(audit.begin(OPS, "reload", "/admin/v1/reload", {}), 200)
    sizes = [(tmp_path / name).stat().st_size for name in (FILE_NAME, EARLIER_NAME)]
    assert max(sizes) < 1_000 + 300
    found = audit.latest(100)
    assert found[0].id == "c50"
    assert 3 <= len(found) < 50
    assert all(change.status == 200 for change in found)


def test_a_disk_that_takes_half_a_line_is_an_error_and_hides_no_other(tmp_path: Path) -> None:
    audit = audit_in(tmp_path)
    audit.begin(OPS, "reload", "/", {})
    whole = (tmp_path / FILE_NAME).stat().st_size
    with file_size_limit(whole + 9), pytest.raises(OSError, match="File too large"):
        audit.begin(OPS, "reload", "/", {})
    assert (tmp_path / FILE_NAME).stat().st_size == whole + 9
    audit.end(audit.begin(OPS, "reload", "/", {}), 200)
    assert [(change.id, change.status) for change in audit.latest(9)] == [("c3", 200), ("c1", None)]


@pytest.mark.parametrize("end", [b"", b"\n"])
@pytest.mark.parametrize(
    "line",
    [
        b'{"type":"begun","id":"x',
        b'{"type":"begun","id":"caf\xc3{"type":"ended","id":"x"}',
        b"\xff\xfe",
        b"[]",
        b'{"type":"no"}',
        b'{"type":"begun","no":' + b"[" * 100_000,
    ],
)
def test_a_line_that_was_cut_short_hides_no_other(tmp_path: Path, line: bytes, end: bytes) -> None:
    audit = audit_in(tmp_path)
    audit.begin(OPS, "reload", "/", {})
    with (tmp_path / FILE_NAME).open("ab") as file:
        file.write(line + end)
    audit.begin(OPS, "reload", "/", {})
    assert b"\n\n" not in (tmp_path / FILE_NAME).read_bytes()
    assert [change.id for change in audit.latest(9)] == ["c2", "c1"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/a\nb", "/a\\nb"),
        ("/\x1b[2J", "/\\x1b[2J"),
        ("/\u202eevil", "/\\u202eevil"),
        ("/" + "x" * 1_000, "/" + "x" * 299),
    ],
)
def test_a_path_moves_no_terminal(path: str, said: str) -> None:
    assert shown(path) == said


def test_nothing_yet(tmp_path: Path) -> None:
    found: Any = audit_in(tmp_path).latest(5)
    assert found == ()
