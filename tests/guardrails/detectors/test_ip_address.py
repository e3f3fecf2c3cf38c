"""IP addresses and what only looks like one."""

import pytest

from detente.guardrails.detectors.ip_address import IpAddress


def found(text: str) -> list[str]:
    return [text[one.start : one.end] for one in IpAddress().find(text)]


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("from 203.0.113.7.", ["203.0.113.7"]),
        ("203.0.113.7 is hers", ["203.0.113.7"]),
        ("-203.0.113.7 is hers", ["203.0.113.7"]),
        ("http://203.0.113.7:8080/x", ["203.0.113.7"]),
        ("10.0.0.1/24, 10.0.0.2", ["10.0.0.1", "10.0.0.2"]),
        ("root@198.51.100.9", ["198.51.100.9"]),
        ("[2001:db8::7]:443", ["2001:db8::7"]),
        ("addr:2001:db8:0:0:0:0:0:7", ["2001:db8:0:0:0:0:0:7"]),
        ("fe80::1%eth0 and ::ffff:203.0.113.7", ["fe80::1", "::ffff:203.0.113.7"]),
        ("host 2001:DB8::A: up", ["2001:DB8::A"]),
        ("\uff12\uff10\uff13.0.113.\uff17", ["\uff12\uff10\uff13.0.113.\uff17"]),
        ("203.0\u200b.113.7", ["203.0\u200b.113.7"]),
        ("\u5730\u5740203.0.113.7\u3002", ["203.0.113.7"]),
        ("fd00::1 203.0.113.7 fd00::2", ["fd00::1", "203.0.113.7", "fd00::2"]),
    ],
)
def test_addresses(text: str, addresses: list[str]) -> None:
    assert found(text) == addresses


@pytest.mark.parametrize(
    "text",
    [
        "version 4.2.1.10", "v1.2.3.4", "Version number: 10.4.2.1", "Chrome/91.0.44.12", "1.2.3",
        "section 3.1.2.1", "1.3.6.1.4.1", "256.1.1.1", "1.2.3.04", "127.0.0.1", "0.0.0.0", "::1",
        "255.255.255.0", "224.0.0.1", "0.1.2.3", "lib-1.2.3.4", "1.2.3.4-beta", "a1.2.3.4",
        "\u7248\u672c1.2.3.4", "12:30:45", "std::vector", "A::B", "x[::2]", "a[1::2]", "::",
        "00:1b:44:11:3a:b7", "dead::beefy", "ff02::1", "1:2:3:4:5:6:7:8:9", "xfe80::1",
    ],
)  # fmt: skip
def test_what_only_looks_like_one(text: str) -> None:
    assert found(text) == []
