"""The configured key or an issued credential; what is wrong, platforms say in their own words."""

import json
from datetime import timedelta

import msgspec
import pytest

from detente.providers import Credentials
from detente.providers._sigv4 import sign
from detente.simulator.exchange import Answer, Received, Reply, Setting
from detente.simulator.identity import (
    aws_secrets,
    bearer_problem,
    issue,
    issue_keys,
    session_problem,
)
from detente.simulator.platforms import platform_of
from tests.simulator.values import SETTING

ISSUED = msgspec.structs.replace(SETTING, issued_tokens=True)
KEYED = msgspec.structs.replace(SETTING, api_key="key")
AZURE = "https://cognitiveservices.azure.com"
HOUR = timedelta(hours=1)
CHAT = b'{"model": "m", "messages": [{"role": "user", "content": "hello"}]}'
CONVERSE = b'{"messages": [{"role": "user", "content": [{"text": "hello"}]}]}'


def token(audience: str = AZURE, *, age: timedelta = timedelta()) -> str:
    begun = SETTING.at - age
    return issue(subject="me", audience=audience, issued_at=begun, expires_at=begun + HOUR)


def keys(*, age: timedelta = timedelta()) -> Credentials:
    begun = SETTING.at - age
    return issue_keys(subject="me", issued_at=begun, expires_at=begun + HOUR)


def test_any_of_several_audiences_will_do() -> None:
    assert bearer_problem(token("b"), ISSUED, "a", "b") is None
    assert bearer_problem(token("c"), ISSUED, "a", "b") == "wrong_audience"


@pytest.mark.parametrize(
    ("given", "setting", "problem"),
    [
        (None, SETTING, None),
        ("key", KEYED, None),
        ("kex", KEYED, "unknown"),
        ("é", KEYED, "unknown"),
        (None, KEYED, "missing"),
        ("key", ISSUED, "garbled"),
    ],
)
def test_without_issued_tokens_it_is_the_key(
    given: str | None, setting: Setting, problem: str | None
) -> None:
    assert bearer_problem(given, setting, "a") == problem


def test_keys_are_the_configured_or_the_issued_ones() -> None:
    issued = keys()
    assert aws_secrets(None, KEYED)("any") == "key"
    found = aws_secrets(issued.session_token, ISSUED)(issued.access_key_id)
    assert found == issued.secret_access_key
    assert aws_secrets(issued.session_token, ISSUED)("AKIDOTHER") is None
    assert session_problem(None, KEYED) is None
    assert session_problem(None, ISSUED) == "missing"


def ask_azure(headers: dict[str, str], setting: Setting = ISSUED) -> Reply:
    request = Received(
        method="POST",
        target="/openai/v1/chat/completions",
        headers=tuple(headers.items()),
        body=CHAT,
    )
    return reply_of(platform_of("azure").answer(request, setting))


def reply_of(answer: Answer) -> Reply:
    assert isinstance(answer, Reply)
    return answer


def test_azure_takes_a_token_of_entra() -> None:
    assert ask_azure({"authorization": f"Bearer {token()}"}).status == 200


@pytest.mark.parametrize(
    "given", [token("https://management.azure.com"), token(age=HOUR), "garbled", token() + "x", ""]
)
def test_azure_refuses_other_tokens_in_its_own_words(given: str) -> None:
    reply = ask_azure({"authorization": f"Bearer {given}"})
    assert reply.status == 401
    said = json.loads(reply.body)
    assert said["statusCode"] == 401
    assert "audience is incorrect (https://cognitiveservices.azure.com)" in said["message"]


def test_azure_takes_no_unknown_key_beside_tokens() -> None:
    assert ask_azure({"api-key": "any"}).status == 401
    both = msgspec.structs.replace(ISSUED, api_key="key")
    assert ask_azure({"api-key": "key"}, both).status == 200
    assert ask_azure({"api-key": "kex"}, both).status == 401


def ask_bedrock(credentials: Credentials, setting: Setting = ISSUED) -> Reply:
    target = b"/model/m/converse"
    added = sign(
        b"POST",
        b"h",
        target,
        (),
        CONVERSE,
        credentials=credentials,
        region="us-east-1",
        service="bedrock",
        now=SETTING.at,
    )
    headers = (("host", "h"), *((name.decode(), value.decode()) for name, value in added))
    request = Received(method="POST", target=target.decode(), headers=headers, body=CONVERSE)
    return reply_of(platform_of("bedrock").answer(request, setting))


def kind_of(reply: Reply) -> str:
    return dict(reply.headers).get("x-amzn-errortype", "").partition(":")[0]


def test_bedrock_takes_issued_keys() -> None:
    assert ask_bedrock(keys()).status == 200


def test_bedrock_refuses_expired_keys() -> None:
    reply = ask_bedrock(keys(age=HOUR))
    assert (reply.status, kind_of(reply)) == (403, "ExpiredTokenException")


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"session_token": None}, "UnrecognizedClientException"),
        ({"session_token": token()}, "UnrecognizedClientException"),
        ({"session_token": "garbled"}, "UnrecognizedClientException"),
        ({"access_key_id": "ASIAOTHER"}, "UnrecognizedClientException"),
        ({"secret_access_key": "another"}, "InvalidSignatureException"),
    ],
)
def test_bedrock_refuses_keys_that_do_not_belong_together(
    change: dict[str, str | None], kind: str
) -> None:
    reply = ask_bedrock(msgspec.structs.replace(keys(), **change))
    assert (reply.status, kind_of(reply)) == (403, kind)


def test_bedrock_takes_no_bearer_key_beside_issued_ones() -> None:
    headers = (("authorization", "Bearer any"),)
    request = Received(method="POST", target="/model/m/converse", headers=headers, body=CONVERSE)
    assert reply_of(platform_of("bedrock").answer(request, ISSUED)).status == 403
    unsigned = msgspec.structs.replace(request, headers=())
    assert reply_of(platform_of("bedrock").answer(unsigned, ISSUED)).status == 403
