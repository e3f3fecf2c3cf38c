"""What a worker knows of the key store: everything, then changes; and for how long that counts."""

from pathlib import Path

import msgspec
import pytest
from tests.gateway.key_props import PEPPER, knowing, stored, told

from detente.canonical.principal import Project
from detente.configuration.store import Store
from detente.gateway.callers.stored_keys import StoredKeys, stored_keys
from detente.gateway.link.messages import KeysTold
from detente.wiring import load

A, B = stored("a"), stored("b")


def test_nothing_is_known_at_first() -> None:
    knows = StoredKeys((PEPPER,), Store())
    knows.look(1e9)
    assert (knows.loaded, knows.stale, knows.version) == (False, False, -1)


def test_what_was_told_whole_replaces_everything() -> None:
    knows = knowing(A)
    change = knows.told(told(5, B, projects=(Project(name="p"),)), 1.0)
    assert change.whole
    assert (set(knows.keys), set(knows.projects), knows.version) == ({"b"}, {"p"}, 5)


def test_changes_add_replace_and_remove() -> None:
    knows = knowing(A)
    knows.told(told(2, B, whole=False, projects=(Project(name="p"), Project(name="q"))), 1.0)
    change = knows.told(KeysTold(version=3, whole=False, projects_gone=("p", "never")), 1.0)
    assert not change.whole
    assert (change.keys, change.projects) == (frozenset(), {"p", "never"})
    assert (set(knows.keys), set(knows.projects)) == ({"a", "b"}, {"q"})


def in_pieces(version: int, *messages: KeysTold) -> list[KeysTold]:
    """All but the last have more to come."""
    last = len(messages) - 1
    return [
        msgspec.structs.replace(message, version=version, more=place < last)
        for place, message in enumerate(messages)
    ]


def test_what_comes_in_pieces_counts_with_the_last() -> None:
    knows = StoredKeys((PEPPER,), Store())
    first, last = in_pieces(5, told(0, A), told(0, B, whole=False, projects=(Project(name="p"),)))
    change = knows.told(first, 1.0)
    assert (change.whole, knows.loaded, knows.version, knows.keys) == (False, False, -1, {})
    change = knows.told(last, 1.0)
    assert (change.whole, change.keys, change.projects) == (True, {"a", "b"}, {"p"})
    assert (knows.loaded, knows.version, set(knows.keys)) == (True, 5, {"a", "b"})


def test_until_then_what_was_known_before_counts() -> None:
    knows = knowing(A, B)
    first, last = in_pieces(9, told(0, B), told(0, whole=False))
    knows.told(first, 1.0)
    assert (set(knows.keys), knows.version) == ({"a", "b"}, 1)
    knows.told(last, 1.0)
    assert (set(knows.keys), knows.version) == ({"b"}, 9)


def test_pieces_of_a_link_that_broke_count_never() -> None:
    knows = knowing()
    knows.told(in_pieces(2, told(0, A), told(0))[0], 1.0)
    change = knows.told(told(3, B), 2.0)
    assert (change.whole, set(knows.keys), knows.version) == (True, {"b"}, 3)


@pytest.mark.parametrize(
    ("on_outage", "stale"), [("fail_closed", True), ("continue_on_lease", False)]
)
def test_what_was_heard_too_long_ago_counts_only_where_that_is_wanted(
    on_outage: str, stale: bool
) -> None:
    store = Store(on_outage="fail_closed" if on_outage == "fail_closed" else "continue_on_lease")
    knows = knowing(A, store=store)
    knows.look(store.lease_ms / 1000)
    assert not knows.stale
    knows.look(store.lease_ms / 1000 + 0.001)
    assert knows.stale == stale
    knows.told(told(1, whole=False), 31.0)
    assert not knows.stale
    knows.look(31.0 + store.lease_ms / 1000)
    assert not knows.stale


def test_what_is_told_again_is_no_younger_than_when_the_store_said_it() -> None:
    knows = StoredKeys((PEPPER,), Store())
    lease_ms = Store().lease_ms
    knows.told(msgspec.structs.replace(told(1, A), age_ms=lease_ms), 100.0)
    assert not knows.stale
    knows.look(100.001)
    assert knows.stale
    knows.told(msgspec.structs.replace(told(1, A), age_ms=lease_ms + 1), 100.0)
    assert knows.stale


def test_without_a_store_it_is_known_that_nothing_is_stored() -> None:
    knows = StoredKeys.none()
    knows.look(1e9)
    assert (knows.loaded, knows.stale, knows.keys) == (True, False, {})
    assert StoredKeys.none().peppers != knows.peppers


def test_settings_that_change_count_at_once() -> None:
    knows = knowing(A)
    knows.look(100.0)
    assert knows.stale
    knows.obey(Store(on_outage="continue_on_lease"))
    knows.look(100.0)
    assert not knows.stale


def test_a_worker_that_begins_has_the_gateways_pepper(tmp_path: Path) -> None:
    (tmp_path / "detente.toml").write_text("")
    (tmp_path / "state").mkdir()
    setup = load(tmp_path)
    assert stored_keys(setup).peppers == stored_keys(setup).peppers
    assert not stored_keys(setup).loaded
