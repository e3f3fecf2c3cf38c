"""Who may administer, and from where: what would let a stranger in is refused at the start."""

from typing import Any

import msgspec
import pytest

from detente.configuration.administration import (
    admin_speaks_tls,
    administration_problems,
    is_administered,
)
from detente.configuration.schema import Configuration

HASH = "sha256:" + "0" * 64
OTHER = "sha256:" + "1" * 64
OWNER = {"hash": HASH, "role": "owner"}
NAMED = {"administrators": {"ops": OWNER}}
TLS = {"certificate": "c.pem", "private_key": "k.pem"}
FAR = "0.0.0.0:8081"
ISSUER = {"issuer": "https://i.example", "audience": "detente"}
ROLES = {**ISSUER, "role_claim": "roles", "roles": {"admin": "owner"}}


def configured(**tables: Any) -> Configuration:
    return msgspec.convert(tables, Configuration)


@pytest.mark.parametrize(
    "tables",
    [
        {},
        NAMED,
        {**NAMED, "server": {"admin_hosts": ["ops.example"]}},
        {**NAMED, "server": {"admin_listen": FAR, "tls": TLS}},
        {**NAMED, "server": {"admin_listen": FAR, "admin_hosts": ["ops.example"]}},
        {"identity": {"i": ROLES}, "server": {"admin_listen": FAR, "tls": TLS}},
        {"server": {"admin_listen": "nowhere"}},
        {"administrators": {"a": OWNER, "m": {"hash": OTHER, "role": "member", "project": "p"}}},
    ],
)
def test_what_is_safe(tables: dict[str, Any]) -> None:
    assert list(administration_problems(configured(**tables))) == []


@pytest.mark.parametrize(
    ("tables", "path", "words"),
    [
        (
            {"server": {"admin_listen": FAR, "tls": TLS}},
            ("server", "admin_listen"),
            "nobody is named who may administer",
        ),
        (
            {"identity": {"i": ISSUER}, "server": {"admin_listen": FAR, "tls": TLS}},
            ("server", "admin_listen"),
            "nobody is named who may administer",
        ),
        (
            {**NAMED, "server": {"admin_listen": FAR}},
            ("server", "admin_listen"),
            "would travel in the clear",
        ),
        (
            {"server": {"admin_hosts": ["ops.example"]}},
            ("server", "admin_hosts"),
            "would be its owner",
        ),
        (
            {"administrators": {"m": {"hash": HASH, "role": "member"}}},
            ("administrators", "m"),
            "a member of nothing",
        ),
        (
            {"administrators": {"a": {**OWNER, "project": "p"}}},
            ("administrators", "a", "project"),
            "is about all projects",
        ),
        (
            {"administrators": {"a": OWNER, "b": OWNER}},
            ("administrators", "b", "hash"),
            "`a` and `b` have one hash",
        ),
        (
            {**NAMED, "keys": {"app1": {"hash": HASH, "project": "p"}}},
            ("administrators", "ops", "hash"),
            "an application could administer",
        ),
    ],
)
def test_what_is_not(tables: dict[str, Any], path: tuple[str, ...], words: str) -> None:
    [(found, message)] = administration_problems(configured(**tables))
    assert found == path
    assert words in message
    assert HASH not in message


def test_whether_somebody_is_named() -> None:
    assert not is_administered(configured())
    assert not is_administered(configured(identity={"i": {**ROLES, "roles": {}}}))
    assert is_administered(configured(**NAMED))
    assert is_administered(configured(identity={"i": ROLES}))


@pytest.mark.parametrize("name", ["a b", "a:80", "*", "*.example", "", "-a", "a/b", "[::1", "a@b"])
def test_a_host_is_a_name(name: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        configured(server={"admin_hosts": [name]})


def test_tls_off_loopback() -> None:
    def speaks(**server: Any) -> bool:
        return admin_speaks_tls(configured(server=server).server)

    assert speaks(admin_listen=FAR, tls=TLS)
    assert not speaks(tls=TLS)
    assert not speaks(admin_listen=FAR)
