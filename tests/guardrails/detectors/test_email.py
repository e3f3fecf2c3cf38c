"""E-mail addresses and what only looks like one."""

import pytest

from detente.guardrails.detectors.email import Email


def found(text: str) -> list[str]:
    return [text[one.start : one.end] for one in Email().find(text)]


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("ann@example.com", ["ann@example.com"]),
        ("Write to Ann.O'Hara+news@mail.example.co.uk.", ["Ann.O'Hara+news@mail.example.co.uk"]),
        ("<ann@example.com>,'bob@example.org'", ["ann@example.com", "bob@example.org"]),
        ("mailto:ann@example.com?subject=x", ["ann@example.com"]),
        ("to=ann%40example.com&x=1", ["ann%40example.com"]),
        ('"ann smith"@example.com', ['"ann smith"@example.com']),
        ("jos\u00e9@exemple.fr", ["jos\u00e9@exemple.fr"]),
        ("ann@m\u00fcller.de", ["ann@m\u00fcller.de"]),
        ("\u90ae\u7bb1ann@example.com\u8bf7", ["ann@example.com"]),
        ("\u7528\u6237@\u4f8b\u5b50.\u5e7f\u544a", ["\u7528\u6237@\u4f8b\u5b50.\u5e7f\u544a"]),
        ("ann@xn--bcher-kva.example", ["ann@xn--bcher-kva.example"]),
        ("ann@bcher.xn--p1ai", ["ann@bcher.xn--p1ai"]),
        ("a\uff20example\uff0ecom", ["a\uff20example\uff0ecom"]),
        ("a\u200bnn@exam\u00adple.com", ["a\u200bnn@exam\u00adple.com"]),
        ("**ann@example.com**", ["ann@example.com"]),
        ("ann@example.com-and", ["ann@example.com"]),
        ("ann@example.com...", ["ann@example.com"]),
        ("x" * 80 + "@example.com", ["x" * 64 + "@example.com"]),
        ("Email ann@example.com: she knows", ["ann@example.com"]),
        ("see https://example.com/u?m=ann@example.com", ["ann@example.com"]),
        ("a@b.co@c.de", ["a@b.co"]),
    ],
)
def test_addresses(text: str, addresses: list[str]) -> None:
    assert found(text) == addresses


@pytest.mark.parametrize(
    "text",
    [
        "@ann", "ann@", "ann@localhost", "root@10.0.0.1", "icon@2x.png", "react@18.2.0",
        "react@18.2.0-beta.next", "git@github.com:org/repo.git", "@app.route", "ann @ example.com",
        "https://ann:pw@example.com/", "ssh://ann@example.com/x", "ann@.com", "ann@-.com",
        "ann@example.c", "@@@@", "ann@example..com",
    ],
)  # fmt: skip
def test_what_only_looks_like_one(text: str) -> None:
    assert found(text) == []


def test_nothing_is_longer_than_is_looked_back() -> None:
    long = "x" * 64 + "@" + ".".join(["y" * 62] * 4)
    assert all(one.end - one.start <= Email.look_back for one in Email().find(long))
