"""What tables are made of: names that can stand anywhere."""

import msgspec
import pytest

from detente.configuration.tables import Name


@pytest.mark.parametrize("name", ["a", "app-1", "A.b_c", "9" * 100])
def test_what_is_a_name(name: str) -> None:
    assert msgspec.convert(name, Name) == name


@pytest.mark.parametrize("name", ["", "-a", "a b", "a\n", "a\nb", "a/b", "é", "a\0", "9" * 101])
def test_what_is_none(name: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(name, Name)
