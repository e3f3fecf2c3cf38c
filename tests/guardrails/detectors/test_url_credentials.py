"""Names with passwords in URLs of any scheme, and URLs without."""

import pytest

from detente.guardrails.detectors.url_credentials import UrlCredentials

DETECTOR = UrlCredentials()


def found(text: str) -> list[str]:
    return [text[one.start : one.end] for one in DETECTOR.find(text)]


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("postgres://ann:k9x!2@db.example:5432/app", "ann:k9x!2"),
        ("mongodb+srv://app:S3cr%40t@c.example/?w=1", "app:S3cr%40t"),
        ("redis://:hunter2@cache:6379/0", ":hunter2"),
        ("clone https://oauth2:abc123def@git.example/a.git", "oauth2:abc123def"),
        ('"amqp://a:b@c"', "a:b"),
        ("jdbc:mysql://root:t00r@[::1]/x", "root:t00r"),
        ("ftp://me@corp:p@ss@host/x", ""),
        ("https://me:p@ss@host/x", "me:p@ss"),
        ("\uff48ttp://ann:geh\u200beim1@host", "ann:geh\u200beim1"),
    ],
)
def test_a_password_in_a_url(text: str, hit: str) -> None:
    assert found(text) == ([hit] if hit else [])


@pytest.mark.parametrize(
    "text",
    [
        "https://host.example:8443/a@b",
        "git@github.com:a/b.git, ssh://git@github.com:22/a",
        "https://host.example/?x=a:b@c",
        "postgres://user:password@localhost/db",
        "postgres://user:${DB_PASSWORD}@localhost/db",
        "https://<user>:<secret>@host",
        "https://user:your-password@host",
        "http://localhost:3000 and ann@example.com",
        "//a:b@c and ://a:b@c",
        "http://a:b@",
    ],
)
def test_none_in_a_url(text: str) -> None:
    assert found(text) == []


def test_several_are_told_apart() -> None:
    assert found("a://b:c1@d,e://f:g2@h") == ["b:c1", "f:g2"]
