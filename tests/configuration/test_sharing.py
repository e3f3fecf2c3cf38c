"""What is wrong with `[store]` is told where it stands, and no secret is repeated."""

from typing import Any

import pytest

from detente.configuration.located import LocatedErrors, convert, parse_toml
from detente.configuration.schema import Configuration
from detente.configuration.sharing import store_problems
from detente.configuration.store import Store
from detente.configuration.tables import Secret
from detente.configuration.world import check_configuration

GIVEN = Secret(env="A")


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"url": "postgresql://u@a,b/d?sslmode=verify-full", "password": GIVEN},
        {"limits_url": "rediss://h:6379/0", "limits_password": GIVEN},
        {"url": "postgres:///d?host=/run/postgresql", "limits_url": "unix:///run/valkey.sock"},
        {"lease_ms": 2_000, "skew_ms": 1_000},
    ],
)
def test_what_is_sound_has_no_problems(members: dict[str, Any]) -> None:
    assert list(store_problems(Store(**members))) == []


@pytest.mark.parametrize(
    ("members", "key", "words"),
    [
        ({"url": "postgresql://u:hunter2@db/x"}, "url", "give `password`"),
        ({"url": "postgresql://u@db/x?password=hunter2"}, "url", "leave it out"),
        ({"limits_url": "redis://:hunter2@h/0"}, "limits_url", "give `limits_password`"),
        ({"url": "mysql://db/x"}, "url", "`postgresql://`, `postgres://`"),
        ({"limits_url": "http://h"}, "limits_url", "`valkey://`"),
        ({"url": "postgresql://[db/x"}, "url", "no address"),
        ({"password": GIVEN}, "password", "password of nothing"),
        ({"limits_password": GIVEN}, "limits_password", "give `limits_url`"),
        ({"url": "postgresql://db/x", "password": Secret()}, "password", "exactly one of both"),
        ({"lease_ms": 2_000, "skew_ms": 1_001}, "skew_ms", "at most half of `lease_ms`"),
    ],
)
def test_what_is_wrong_is_told(members: dict[str, Any], key: str, words: str) -> None:
    ((found, said),) = store_problems(Store(**members))
    assert found == ("store", key)
    assert words in said
    assert "hunter2" not in said


def test_the_whole_configuration_is_checked_for_them() -> None:
    tree, positions = parse_toml(b'[store]\nurl = "mysql://db/x"\n', "f")
    with pytest.raises(LocatedErrors, match="f:2: an address here begins with"):
        check_configuration(convert(tree, positions, "f", Configuration), positions, "f", {})
