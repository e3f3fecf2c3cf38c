"""The table of keys: what was presented leads to one secret, or to none."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from tests.gateway.key_props import AT, PEPPER, revoked, secret_of, stored
from tests.gateway.scripts import hashed

from detente.canonical.principal import Key, KeySecret
from detente.gateway.callers.access_keys import access_key_id
from detente.gateway.callers.key_table import FOREVER_US, KeyTable, access_hash_of

MASTER_KEY = "m" * 32


def configured(name: str, text: str) -> Key:
    """A key as the configuration has it."""
    return Key(
        name=name,
        project="shop",
        secrets=(KeySecret(digest=b""),),
        access_hash=hashed(text),
    )


def named(table: KeyTable, text: str) -> str | None:
    secret = table.find(text.encode())
    return None if secret is None else secret.key.name


def test_keys_of_both_kinds_are_found() -> None:
    table = KeyTable((PEPPER,), None)
    table.add(configured("c", "dt-c"))
    table.add(stored("s", "dt-new", "dt-old"))
    assert [named(table, f"dt-{x}") for x in ("c", "new", "old")] == ["c", "s", "s"]
    assert len(table) == 3


@given(st.binary())
def test_nothing_else_is(presented: bytes) -> None:
    table = KeyTable((PEPPER, b"q" * 32), None)
    table.add(stored("s", "dt-a-key"))
    assert table.find(presented) is None
    assert table.find(b"dt-a-key" + presented + b".") is None


def test_a_digest_is_no_key() -> None:
    table = KeyTable((PEPPER,), None)
    table.add(stored("s"))
    assert table.find(secret_of("dt-s").digest) is None
    assert table.find(hashed("dt-s").encode()) is None


def test_keys_under_an_earlier_pepper_count() -> None:
    old = b"o" * 32
    key = msgspec.structs.replace(stored("s"), secrets=(secret_of("dt-s", pepper=old),))
    table = KeyTable((PEPPER, old), None)
    table.add(key)
    assert named(table, "dt-s") == "s"
    table = KeyTable((PEPPER,), None)
    table.add(key)
    assert named(table, "dt-s") is None


def test_of_two_keys_with_one_secret_the_first_counts() -> None:
    table = KeyTable((PEPPER,), None)
    table.add(configured("c", "dt-x"))
    table.add(stored("s", "dt-x", "dt-y"))
    assert [named(table, "dt-x"), named(table, "dt-y")] == ["c", "s"]
    table.forget("s")
    assert [named(table, "dt-x"), named(table, "dt-y")] == ["c", None]


def test_what_is_forgotten_is_gone_everywhere() -> None:
    table = KeyTable((PEPPER,), MASTER_KEY)
    key = stored("s")
    table.add(key)
    access_key = access_key_id(access_hash_of(key, key.secrets[0]))
    assert table.signer(access_key) is table.find(b"dt-s")
    assert table.names_of(("shop",)) == {"s"}
    table.forget("s")
    table.forget("s")
    assert table.signer(access_key) is None
    assert table.names_of(("shop", "other")) == set()
    assert len(table) == 0


def test_an_access_key_derives_from_each_secret() -> None:
    key = stored("s", "dt-new", "dt-old")
    hashes = {access_hash_of(key, secret) for secret in key.secrets}
    assert len(hashes) == 2
    assert access_hash_of(configured("c", "dt-c"), KeySecret(digest=b"")) == hashed("dt-c")


def test_without_a_master_key_nobody_signs() -> None:
    table = KeyTable((PEPPER,), None)
    key = stored("s")
    table.add(key)
    assert table.signer(access_key_id(access_hash_of(key, key.secrets[0]))) is None


def test_a_secret_ends_with_its_key_or_before() -> None:
    table = KeyTable((PEPPER,), None)
    at_us = int(AT.timestamp()) * 1_000_000
    table.add(stored("forever"))
    table.add(msgspec.structs.replace(stored("ends"), expires_at=AT))
    table.add(revoked(stored("over")))
    ends = [table.find(b"dt-" + name) for name in (b"forever", b"ends", b"over")]
    assert [secret and secret.until_us for secret in ends] == [FOREVER_US, at_us, 0]


def test_it_can_be_emptied() -> None:
    table = KeyTable((PEPPER,), MASTER_KEY)
    table.add(stored("s"))
    table.clear()
    assert (len(table), table.names_of(("shop",)), named(table, "dt-s")) == (0, set(), None)
