"""Names of providers: where they may lead, and that they are looked up once."""

import asyncio
import ipaddress
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.gateway.upstream.dial import Address, DialError, client_tls, dial
from detente.gateway.upstream.resolution import NotPublic, is_literal, is_private, resolved

TIMEOUT_MS = 2_000


class Resolver:
    """Answers look-ups with one list after the other, and counts them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
        self.asked: list[str] = []
        self._answers = list(answers)
        resolver = self

        async def getaddrinfo(loop: object, host: str, port: int, **how: Any) -> list[Any]:
            del loop, how
            resolver.asked.append(host)
            found = resolver._answers.pop(0)
            if not found:
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in found]

        monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", getaddrinfo)


def looked_up(host: str, *, private: bool = False) -> tuple[str, ...]:
    return asyncio.run(resolved(host, 443, private=private))


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.168.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::10.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "2002:0a00:0001::",
        "2002:c0a8:0101::1",
        "64:ff9b::a00:1",
        "64:ff9b::169.254.169.254",
        "2001:0:4136:e378:8000:63bf:f5ff:fffe",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "ff02::1",
        "fec0::1",
        "64:ff9b:1::a00:1",
        "::ffff:0:10.0.0.1",
        "::ffff:224.0.0.1",
        "2002:e000:1::",
        "4000::1",
    ],
)
def test_addresses_inside_a_network(address: str) -> None:
    assert is_private(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_addresses_of_the_internet(address: str) -> None:
    assert not is_private(address)


@given(st.ip_addresses(v=4))
def test_an_address_means_the_same_however_it_is_written(address: ipaddress.IPv4Address) -> None:
    private = is_private(str(address))
    for written in (
        ipaddress.IPv6Address(f"::ffff:{address}"),
        ipaddress.IPv6Address(f"64:ff9b::{address}"),
        ipaddress.IPv6Address(0x2002 << 112 | int(address) << 80),
    ):
        assert is_private(str(written)) == private


@pytest.mark.parametrize(
    ("host", "literal"),
    [("10.0.0.1", True), ("::1", True), ("10.0.0.1.nip.io", False), ("a", False)],
)
def test_what_is_written_in_numbers(host: str, literal: bool) -> None:
    assert is_literal(host) == literal


def test_only_public_addresses_of_a_name_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    Resolver(monkeypatch, ["10.0.0.1", "8.8.8.8", "8.8.8.8", "127.0.0.1"])
    assert looked_up("api.example.com") == ("8.8.8.8",)


def test_a_name_that_leads_inside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    Resolver(monkeypatch, ["10.0.0.1", "127.0.0.1"], ["10.0.0.1"])
    with pytest.raises(NotPublic, match=r"10\.0\.0\.1"):
        looked_up("api.example.com")
    assert looked_up("api.example.com", private=True) == ("10.0.0.1",)


def test_numbers_need_no_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = Resolver(monkeypatch)
    assert looked_up("10.0.0.1", private=True) == ("10.0.0.1",)
    with pytest.raises(NotPublic):
        looked_up("10.0.0.1")
    assert resolver.asked == []


def test_this_machine_may_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    Resolver(monkeypatch, ["127.0.0.1"])
    assert looked_up("localhost") == ("127.0.0.1",)


def dialled(host: str, port: int, *, private: bool) -> None:
    address = Address(host=host, port=port, tls=False, private=private)
    asyncio.run(dial_and_close(address))


async def dial_and_close(address: Address) -> None:
    await dial(address, asyncio.Protocol, client_tls(), TIMEOUT_MS)


def test_a_second_look_up_cannot_lead_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was checked is connected to: the name is not asked for again."""
    resolver = Resolver(monkeypatch, ["192.0.2.1"], ["127.0.0.1"])
    with pytest.raises(DialError, match="no public address"):  # a documentation address
        dialled("rebinds.example.com", 9, private=False)
    assert resolver.asked == ["rebinds.example.com"]


def test_each_address_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        Resolver(monkeypatch, ["127.0.0.2", "127.0.0.1"])
        dialled("two.example.com", listener.getsockname()[1], private=True)


@pytest.mark.parametrize(
    ("answer", "stage", "words"),
    [
        ([], "name", "its name leads nowhere .*check `base_url` and the resolver"),
        (["127.0.0.1"], "name", r"leads to 127\.0\.0\.1.*set `private_network = true`"),
    ],
)
def test_what_is_wrong_with_a_name(
    monkeypatch: pytest.MonkeyPatch, answer: list[str], stage: str, words: str
) -> None:
    Resolver(monkeypatch, answer)
    with pytest.raises(DialError, match=words) as caught:
        dialled("api.example.com", 9, private=False)
    assert caught.value.stage == stage


SPELLINGS = (
    *("2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "127.0.1", "017700000001"),
    *("0", "00000177.0x0.0.01", "2852039166", "0xa9fea9fe", "169.254.43518", "10.1", "4294967295"),
)


@pytest.mark.parametrize("host", SPELLINGS)
def test_an_address_in_another_spelling_is_no_literal_and_leads_inside(host: str) -> None:
    """The C library reads it as an address; nobody who means one writes it so."""
    assert not is_literal(host)
    with pytest.raises(DialError, match="set `private_network = true` for this provider"):
        dialled(host, 9, private=False)


@pytest.mark.parametrize(
    "host", ["127.0.0.1.", "127.0.0.1%00", "127.0.0.1%2e", "\uff11.1", "a\0b", "a" * 300, "a..b"]
)
def test_what_is_no_name_leads_nowhere(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Resolver(monkeypatch, [])
    with pytest.raises(DialError, match="check `base_url`"):
        dialled(host, 9, private=False)
