"""What only its surroundings or its inside make a credential."""

from random import Random

import pytest
from tests.guardrails.secrets import samples

from detente.guardrails.secrets.credentials import CREDENTIALS, SecretAccessKeys
from detente.guardrails.secrets.rule import Rule

BY_NAME = {rule.name: rule for rule in CREDENTIALS}
TOKEN = BY_NAME["json_web_token"]


@pytest.mark.parametrize("rule", CREDENTIALS, ids=lambda rule: rule.name)
def test_a_rule_sees_its_own(rule: Rule) -> None:
    for seed in range(60):
        text, secret = samples.planted(rule.name, Random(f"{rule.name}{seed}"))
        at = text.index(secret)
        assert (at, at + len(secret)) in list(rule.spans(text)), text


def test_a_web_token_names_its_algorithm() -> None:
    token = samples.TOKENS["json_web_token"](Random(1))
    header, payload, signature = token.split(".")
    assert list(TOKEN.spans(f"{header}.{payload}.{signature}")) == [(0, len(token))]
    assert list(TOKEN.spans(f"{payload}.{payload}.{signature}")) == []
    assert list(TOKEN.spans(header)) == []
    assert list(TOKEN.spans("eyJ" + "A" * 18 + ".AAAA")) == []
    assert list(TOKEN.spans(f"{header[:-3]}!.{payload}")) == []


def test_a_web_token_with_a_long_header_is_known_before_its_end() -> None:
    header = samples.TOKENS["json_web_token"](Random(2)).split(".")[0][:30]
    assert list(TOKEN.spans(header + "A" * 200)) == [(0, 230)]


def test_an_encrypted_token_has_five_parts() -> None:
    header = samples.TOKENS["json_web_token"](Random(3)).split(".")[0]
    token = ".".join((header, "AAAA", "BBBB", "CCCC", "DDDD"))
    assert list(TOKEN.spans(f"{token} more")) == [(0, len(token))]


@pytest.mark.parametrize(
    "text",
    [
        "https://x.example/?sig=" + "A1b2" * 11,
        "https://x.example/?sv=1&sig=short",
        "a ?sv=2024 and far away\n&sig=" + "A1b2" * 11,
    ],
)
def test_a_signature_alone_is_no_shared_access(text: str) -> None:
    assert list(BY_NAME["azure_sas"].spans(text)) == []


def test_what_follows_the_signature_counts_too() -> None:
    value = "A1b2" * 11
    text = f"https://x.example/?sig={value}&se=2027-01-01"
    assert list(BY_NAME["azure_sas"].spans(text)) == [(23, 67)]


@pytest.mark.parametrize("before", ["", "1234", "12345678901", "x12345678"])
def test_a_bot_has_a_number(before: str) -> None:
    text = before + ":A" + "b3" * 17
    assert list(BY_NAME["telegram"].spans(text)) == []


def test_a_secret_access_key_stands_near_an_id() -> None:
    keys = SecretAccessKeys()
    text, secret = samples.planted("aws_secret_access_key", Random(1))
    at = text.index(secret)
    assert list(keys.spans(text)) == [(at, at + len(secret))]
    assert list(keys.spans(text.replace(secret, "", 1) + " " * 200 + secret)) == []
    assert list(keys.spans(text.replace(secret, "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3"))) == []


def test_one_key_between_two_ids_is_told_once() -> None:
    text, secret = samples.planted("aws_secret_access_key", Random(1))
    first = text.split()[0] if text.split()[0].startswith("A") else text
    assert len(list(SecretAccessKeys().spans(f"{first} {text} {first}"))) <= 2
    assert secret in text
