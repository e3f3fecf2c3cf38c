"""Who asks: by a key, by a token, or because nobody is named and the caller is on loopback."""

from datetime import datetime, timedelta

import msgspec
import pytest
from tests.gateway.admin.admin_props import KEYS, NOW, administered

from detente.configuration.callers import Administrator
from detente.configuration.schema import Configuration, Server
from detente.gateway.admin.access import LOCAL_OWNER, Access, Asker, NotKnown
from detente.principals.hashing import hash_text

FAR = "203.0.113.9"


def access_of(configuration: Configuration) -> Access:
    return Access(lambda: configuration, wall=lambda: NOW)


def bearer(key: str) -> tuple[bytes]:
    return (f"Bearer {key}".encode(),)


@pytest.mark.parametrize("client", ["127.0.0.1", "::1", "127.8.9.1"])
def test_where_nobody_is_named_loopback_is_the_owner(client: str) -> None:
    assert access_of(Configuration()).asker((), client) is LOCAL_OWNER


@pytest.mark.parametrize("client", [FAR, None, "", "10.0.0.1", "127.0.0.1.evil.example"])
def test_where_nobody_is_named_nobody_else_may(client: str | None) -> None:
    with pytest.raises(NotKnown, match="only callers on loopback"):
        access_of(Configuration()).asker(bearer("x"), client)


def test_a_key_says_who_and_in_which_role() -> None:
    access = access_of(administered())
    for role, key in KEYS.items():
        project = "shop" if role == "member" else None
        assert access.asker(bearer(key), FAR) == Asker(name=role, role=role, project=project)
    assert access.asker((b"bEaReR  dt-owner ",), FAR).role == "owner"


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ((), "no administrator's key was sent"),
        ((b"",), "no administrator's key was sent"),
        ((b"Basic b3duZXI6",), "no administrator's key was sent"),
        ((b"dt-owner",), "no administrator's key was sent"),
        ((b"Bearer " + b"x" * 20_000,), "no administrator's key was sent"),
        ((b"Bearer",), "no administrator's key was sent"),
        ((b"Bearer ",), "not an administrator's"),
        ((b"Bearer dt-owne",), "not an administrator's"),
        ((b"Bearer dt-owner'--",), "not an administrator's"),
        ((b"Bearer dt-\xff\xfe\x00",), "not an administrator's"),
        ((b"Bearer dt-owner", b"Bearer dt-owner"), "send one"),
    ],
)
def test_what_is_no_administrators_key(headers: tuple[bytes, ...], words: str) -> None:
    with pytest.raises(NotKnown, match=words) as refused:
        access_of(administered()).asker(headers, "127.0.0.1")
    assert "dt-" not in str(refused.value)


def test_loopback_is_nobody_where_somebody_is_named() -> None:
    with pytest.raises(NotKnown):
        access_of(administered()).asker((), "127.0.0.1")


def test_a_key_expires_at_its_time() -> None:
    def configured(expires: datetime) -> Configuration:
        entry = Administrator(hash=hash_text("k"), role="owner", expires=expires)
        return Configuration(administrators={"a": entry})

    later = configured(NOW + timedelta(microseconds=1))
    assert access_of(later).asker(bearer("k"), FAR).name == "a"
    with pytest.raises(NotKnown, match="has expired"):
        access_of(configured(NOW)).asker(bearer("k"), FAR)


def test_a_reload_changes_who_may() -> None:
    found = [administered()]
    access = Access(lambda: found[-1], wall=lambda: NOW)
    assert access.asker(bearer(KEYS["auditor"]), FAR).role == "auditor"
    kept = {"auditor": found[0].administrators["owner"]}
    found.append(msgspec.structs.replace(found[0], administrators=kept))
    with pytest.raises(NotKnown):
        access.asker(bearer(KEYS["auditor"]), FAR)


def test_a_token_may_say_a_role() -> None:
    asker = Asker(name="ada", role="operator")

    def tokens(token: bytes, at: datetime) -> Asker | None:
        assert at == NOW
        return asker if token == b"a.b.c" else None

    access = Access(administered, wall=lambda: NOW, tokens=tokens)
    assert access.asker(bearer("a.b.c"), FAR) is asker
    with pytest.raises(NotKnown, match="not an administrator's"):
        access.asker(bearer("a.b.d"), FAR)


@pytest.mark.parametrize(
    ("server", "host", "own"),
    [
        ({}, b"127.0.0.1", True),
        ({}, b"LocalHost:8081", True),
        ({}, b"[::1]:8081", True),
        ({}, b"localhost:", True),
        ({}, b"", False),
        ({}, b"::1", False),
        ({}, b"localhost:80:80", False),
        ({}, b"localhost:x", False),
        ({}, b"localhost@evil.example", False),
        ({}, b"evil.example#localhost", False),
        ({}, b"localhost.", False),
        ({}, b"loc\xe4lhost", False),
        ({"admin_hosts": ("Ops.example",)}, b"ops.example:443", True),
        ({"admin_hosts": ("ops.example",)}, b"x.ops.example", False),
        ({"admin_listen": "10.1.2.3:8081"}, b"10.1.2.3:8081", True),
        ({"admin_listen": "[fd00::1]:8081"}, b"[fd00::1]", True),
        ({"admin_listen": "0.0.0.0:8081"}, b"0.0.0.0:8081", False),
        ({"admin_listen": "[::]:8081"}, b"[::]:8081", False),
    ],
)
def test_its_own_names(server: dict[str, str], host: bytes, own: bool) -> None:
    configuration = msgspec.convert({"server": server}, Configuration)
    assert access_of(configuration).is_own_host((host,)) is own


def test_one_host_and_no_other() -> None:
    access = access_of(Configuration(server=Server()))
    assert not access.is_own_host(())
    assert not access.is_own_host((b"localhost", b"localhost"))
