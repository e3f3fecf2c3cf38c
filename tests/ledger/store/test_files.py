"""Files are written whole, or it is said that they are not; new ones are nobody else's."""

import os
from pathlib import Path

import pytest

from detente.ledger.store.files import make_private, write_whole
from tests.full_disk import file_size_limit


@pytest.mark.parametrize("data", [b"", b"a line\n", b"x" * 1_000_000])
def test_all_of_it_is_written(tmp_path: Path, data: bytes) -> None:
    with (tmp_path / "file").open("wb") as file:
        write_whole(file.fileno(), data)
    assert (tmp_path / "file").read_bytes() == data


def test_what_the_system_takes_piece_by_piece_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write

    def some(descriptor: int, data: memoryview) -> int:
        return real(descriptor, data[:3])

    monkeypatch.setattr(os, "write", some)
    with (tmp_path / "file").open("wb") as file:
        write_whole(file.fileno(), b"0123456789")
    assert (tmp_path / "file").read_bytes() == b"0123456789"


def test_a_part_is_an_error(tmp_path: Path) -> None:
    with (
        (tmp_path / "file").open("wb") as file,
        file_size_limit(5),
        pytest.raises(OSError, match="File too large"),
    ):
        write_whole(file.fileno(), b"0123456789")


def test_a_new_file_is_its_owners_alone_and_one_that_is_there_stays_as_it_is(
    tmp_path: Path,
) -> None:
    path = tmp_path / "file"
    make_private(path)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"", 0o600)
    path.write_bytes(b"kept")
    path.chmod(0o640)
    make_private(path)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"kept", 0o640)
