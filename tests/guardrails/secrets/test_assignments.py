"""A name says that a value is secret, and the value looks so."""

import pytest

from detente.guardrails.secrets.assignments import Assignments

KEY = "kW9v2QpX7rT4mZ8cB1nD5fG3"
RULE = Assignments()


def values(text: str) -> list[str]:
    return [text[start:end] for start, end in RULE.spans(text)]


@pytest.mark.parametrize(
    "place",
    [
        'api_key = "{}"',
        "API-KEY: {}",
        "apikey={}&x=1",
        "'client_secret' => '{}'",
        "token := `{}`",
        '{{"access_token":"{}"}}',
        '{{\\"secret_key\\": \\"{}\\"}}',
        "MY_SERVICE_TOKEN={}",
        "config['secret'] = '{}'",
        "Authorization: Bearer {}",
        '"authorization": "bearer {}"',
        "AccountKey={};EndpointSuffix=x",
    ],
)
def test_a_key_by_its_name(place: str) -> None:
    assert values(place.format(KEY)) == [KEY]


@pytest.mark.parametrize(
    "text",
    [
        f"next_page_token: {KEY}",
        f"csrf-token={KEY}",
        f"public_key = {KEY}",
        f"password_hash: {KEY}",
        f"the tokens {KEY}",
        f"tokenizer = {KEY}",
        f"commit: {KEY}",
        "secret: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "token = make_token2(3d)",
        "api_key = get_key1a2b3c4d5e6f(name)",
        "api_key: https://v1a2b3.example/keys",
        "token_uri: https://oauth2.example/token",
        "secret: ${SECRET_1A2B3C4D}",
        "Authorization: Bearer <your token 1a2b3c4d>",
        "Authorization: Basic realm1234567890abcdef",
        "token: 2026-11-22T10:11:12Z",
    ],
)
def test_what_is_no_key(text: str) -> None:
    assert values(text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('password = "hunter2"', "hunter2"),
        ("DB_PASSWORD=s3cretword", "s3cretword"),
        ("DB_PASSWORD=$ecretw0rd", "$ecretw0rd"),
        ("DB_PASSWORD=$SECRET_W0RD", ""),
        ("password=%DB_PASSW0RD%", ""),
        ('"passwd": "correct!horse"', "correct!horse"),
        ("Server=db;User Id=app;Password=letmein;", "letmein"),
        ("passphrase: tr0ub4dor&3", "tr0ub4dor&3"),
        ("?password=s3cretword&user=x", "s3cretword"),
        ("password: none", ""),
        ('password: "required"', ""),
        ("password: must be long", ""),
        ('password = getpass("1a2b3c4d")', ""),
        ("pwd: /srv/user1/app2", ""),
        ("PWD=C:\\Users1\\abc", ""),
        ("Password: <secret1>", ""),
        ("Server=db;Password=changeme;", ""),
        ("password: letmein; and so on", ""),
    ],
)
def test_passwords(text: str, value: str) -> None:
    assert values(text) == ([value] if value else [])


def test_user_and_password_of_basic_authorization() -> None:
    assert values("Authorization: Basic dXNlcjpwYXNz" + "d29yZDE=") == ["dXNlcjpwYXNzd29yZDE="]
    assert values("Authorization: Basic dXNlcnBhc3N3b3JkMQ") == []
