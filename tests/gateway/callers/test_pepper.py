"""The pepper: made once, nobody else's to read, never replaced by another."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from detente.gateway.callers.pepper import PEPPER_NAME, peppers_of
from detente.gateway.secret_file import SecretFileUnusable
from detente.principals.hashing import PEPPER_BYTES, pepper_from

MASTER_KEY = "m" * 32


def test_it_is_made_once_and_readable_by_the_gateway_alone(tmp_path: Path) -> None:
    first = peppers_of(tmp_path, None)
    assert peppers_of(tmp_path, None) == first
    assert [len(pepper) for pepper in first] == [PEPPER_BYTES]
    assert [path.name for path in tmp_path.iterdir()] == [PEPPER_NAME]
    assert (tmp_path / PEPPER_NAME).stat().st_mode & 0o777 == 0o600


def test_several_that_make_it_at_once_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        making = [pool.submit(peppers_of, tmp_path, None) for _ in range(32)]
    assert len({made.result() for made in making}) == 1


def test_a_master_key_makes_it_and_leaves_no_file(tmp_path: Path) -> None:
    assert peppers_of(tmp_path, MASTER_KEY) == (pepper_from(MASTER_KEY),)
    assert list(tmp_path.iterdir()) == []


def test_keys_from_before_the_master_key_still_count(tmp_path: Path) -> None:
    before = peppers_of(tmp_path, None)
    assert peppers_of(tmp_path, MASTER_KEY) == (pepper_from(MASTER_KEY), *before)


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_one_that_is_broken_is_told_and_kept(tmp_path: Path, content: bytes) -> None:
    (tmp_path / PEPPER_NAME).write_bytes(content)
    with pytest.raises(SecretFileUnusable, match="restore it from a backup"):
        peppers_of(tmp_path, None)
    assert (tmp_path / PEPPER_NAME).read_bytes() == content


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SecretFileUnusable, match="no such file"):
        peppers_of(tmp_path / "none", None)
