"""A secret that chance makes: once, nobody else's to read, never replaced by another."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.full_disk import file_size_limit

from detente.gateway.secret_file import SecretFileUnusable, read_secret_file, secret_file

CURE = "restore it from a backup"


def test_it_is_made_once_and_readable_by_the_gateway_alone(tmp_path: Path) -> None:
    path = tmp_path / "own.key"
    first = secret_file(path, 32, CURE)
    assert len(first) == 32
    assert secret_file(path, 32, CURE) == first == read_secret_file(path, 32, CURE)
    assert list(tmp_path.iterdir()) == [path]
    assert path.stat().st_mode & 0o777 == 0o600
    assert secret_file(tmp_path / "other.key", 32, CURE) != first


def test_several_that_make_it_at_once_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        making = [pool.submit(secret_file, tmp_path / "own.key", 32, CURE) for _ in range(32)]
    assert len({made.result() for made in making}) == 1


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_one_that_is_broken_is_told_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "own.key"
    path.write_bytes(content)
    for read in (secret_file, read_secret_file):
        with pytest.raises(SecretFileUnusable, match=r"32\); restore it from a backup$"):
            read(path, 32, CURE)
    assert path.read_bytes() == content


def test_one_that_a_full_disk_cut_short_is_told_and_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "own.key"
    with file_size_limit(31), pytest.raises(SecretFileUnusable, match=r"\(file too large\)"):
        secret_file(path, 32, CURE)
    assert list(tmp_path.iterdir()) == []
    assert len(secret_file(path, 32, CURE)) == 32


def test_a_place_that_is_not_there_is_told(tmp_path: Path) -> None:
    for read in (secret_file, read_secret_file):
        with pytest.raises(SecretFileUnusable, match="no such file"):
            read(tmp_path / "none" / "own.key", 32, CURE)
