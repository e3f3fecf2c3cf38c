"""MAC addresses and what only looks like one."""

import pytest

from detente.guardrails.detectors.mac_address import MacAddress


def found(text: str) -> list[str]:
    return [text[one.start : one.end] for one in MacAddress().find(text)]


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("00:1b:44:11:3a:b7", ["00:1b:44:11:3a:b7"]),
        ("mac:00:1B:44:11:3A:B7, next", ["00:1B:44:11:3A:B7"]),
        ("is 00-1B-44-11-3A-B7.", ["00-1B-44-11-3A-B7"]),
        ("(001b.4411.3ab7)", ["001b.4411.3ab7"]),
        ("00:1b:44:11:3a:b7 00:1b:44:11:3a:b8", ["00:1b:44:11:3a:b7", "00:1b:44:11:3a:b8"]),
        ("\uff10\uff10:1b:44:11:3a:b7", ["\uff10\uff10:1b:44:11:3a:b7"]),
        ("98-20-43-74-80-96", ["98-20-43-74-80-96"]),
        ("00:1b:44:11:3a:b7-", ["00:1b:44:11:3a:b7"]),
    ],
)
def test_addresses(text: str, addresses: list[str]) -> None:
    assert found(text) == addresses


@pytest.mark.parametrize(
    "text",
    [
        "00:1b:44:11:3a", "00:1b:44:11:3a:b7:c8", "ab:00:1b:44:11:3a:b7", "00:1b-44:11-3a:b7",
        "26-11-22-10-36-10", "00:00:00:00:00:00", "FF:FF:FF:FF:FF:FF", "00:1b:44:11:3a:b7f",
        "2001:0db8:0000:0000:0000:ff00:0042:8329", "x00:1b:44:11:3a:b7", "1234.5678.9012",
        "001b.4411.3ab7.0000", "12:30:45",
    ],
)  # fmt: skip
def test_what_only_looks_like_one(text: str) -> None:
    assert found(text) == []
