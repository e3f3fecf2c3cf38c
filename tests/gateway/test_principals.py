"""Who calls: where a key may stand, when it counts, and who needs none."""

from datetime import UTC, datetime

import pytest
from tests.gateway.scripts import EXPIRED_KEY, KEY, hashed

from detente.canonical.failure import ClientFault
from detente.configuration.schema import Configuration, Key, Project
from detente.gateway.principals import Keys

EXPIRES = datetime(2020, 1, 1, tzinfo=UTC)
EXPIRES_US = int(EXPIRES.timestamp()) * 1_000_000
KEYS = Keys(
    Configuration(
        projects={"shop": Project(labels={"data": "public", "team": "a"})},
        keys={
            "app": Key(hash=hashed(KEY), project="shop", labels={"data": "internal"}),
            "old": Key(hash=hashed(EXPIRED_KEY), project="nowhere", expires=EXPIRES),
        },
    )
)


@pytest.mark.parametrize(
    "headers",
    [
        {b"authorization": b"Bearer " + KEY.encode()},
        {b"authorization": b"bearer   " + KEY.encode() + b" "},
        {b"x-api-key": KEY.encode()},
        {b"api-key": KEY.encode()},
        {b"authorization": b"Bearer " + KEY.encode(), b"x-api-key": b"another"},
    ],
)
def test_where_a_key_may_stand(headers: dict[bytes, bytes]) -> None:
    caller = KEYS.authenticate(headers, 0)
    assert (caller.name, caller.project) == ("app", "shop")
    assert caller.labels == (("data", "internal"), ("team", "a"))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {b"authorization": KEY.encode()},
        {b"authorization": b"Basic " + KEY.encode()},
        {b"authorization": b"Bearer "},
        {b"authorization": b"Bearer " + KEY.upper().encode()},
        {b"authorization": b"Bearer " + hashed(KEY).encode()},
        {b"x-api-key": b""},
        {b"x-api-key": b"\xff\x00"},
    ],
)
def test_what_is_no_key(headers: dict[bytes, bytes]) -> None:
    with pytest.raises(ClientFault) as fault:
        KEYS.authenticate(headers, 0)
    assert fault.value.failure.code == "key_invalid"
    assert KEY not in fault.value.failure.message


def test_a_key_counts_until_it_expires() -> None:
    headers = {b"x-api-key": EXPIRED_KEY.encode()}
    assert KEYS.authenticate(headers, EXPIRES_US - 1).name == "old"
    with pytest.raises(ClientFault, match="expired"):
        KEYS.authenticate(headers, EXPIRES_US)


@pytest.mark.parametrize(
    "headers",
    [{}, {b"authorization": b"Bearer sk-anything"}, {b"origin": b"http://localhost:3000"}],
)
def test_without_keys_everyone_on_this_machine_is_the_same(headers: dict[bytes, bytes]) -> None:
    caller = Keys(Configuration()).authenticate(headers, 0)
    assert (caller.name, caller.project, caller.labels) == (None, None, ())


@pytest.mark.parametrize(
    "origin", [b"https://evil.example", b"null", b"http://127.0.0.1.evil.example", b"http://[", b""]
)
def test_but_a_web_page_from_elsewhere_is_not(origin: bytes) -> None:
    with pytest.raises(ClientFault, match="web page"):
        Keys(Configuration()).authenticate({b"origin": origin}, 0)


def test_a_page_with_a_key_may_come_from_anywhere() -> None:
    headers = {b"origin": b"https://shop.example", b"x-api-key": KEY.encode()}
    assert KEYS.authenticate(headers, 0).name == "app"
