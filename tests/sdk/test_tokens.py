"""Official clients with a bearer token where their API key goes: served, renewed, refused."""

import json
import os
import signal
import time
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import anthropic
import msgspec
import openai
import pytest

from detente.configuration.schema import SimulatedProvider
from detente.simulator import Simulator, SimulatorThread
from tests.gateway_configuration import (
    PROVIDER_KEY,
    KeyRow,
    ModelRow,
    ProviderRow,
    credential_files,
    gateway_toml,
)
from tests.gateway_process import GatewayProcess, eventually, running_gateway
from tests.token_issuer import (
    AUDIENCE,
    TokenIssuer,
    ec_key,
    ed_key,
    rsa_key,
    running_issuer,
    signed,
)

CHAT_MODEL = "gpt-4o-mini"
CLAUDE_MODEL = "claude-sonnet-5-5"
KEY = "dt-tokens-tests-0001"
SUBJECT = "ann.canary@example.com"


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """A gateway of two workers before two platforms, and an issuer."""

    gateway: GatewayProcess
    issuer: TokenIssuer

    def openai(self, token: str, retries: int = 0) -> openai.OpenAI:
        """A client with this token."""
        url = f"{self.gateway.base_url}/v1"
        return openai.OpenAI(base_url=url, api_key=token, max_retries=retries)

    def anthropic(self, token: str) -> anthropic.Anthropic:
        """A client with this token."""
        url = self.gateway.base_url
        return anthropic.Anthropic(base_url=url, api_key=token, max_retries=0)


def identity(issuer: TokenIssuer) -> str:
    return f"""
[identity.work]
issuer = "{issuer.url}"
audience = "{AUDIENCE}"
project_claim = "team"
projects = {{ "g-7" = "shop" }}
labels = {{ division = "division" }}
role_claim = "roles"
roles = {{ "ai.audit" = "auditor" }}

[projects.shop]
labels = {{ data = "internal" }}
"""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stage]:
    folder = tmp_path_factory.mktemp("tokens") / "gateway"
    behaviour = SimulatedProvider(tokens=4)
    with ExitStack() as stack:
        issuer = stack.enter_context(running_issuer())
        issuer.keys = {"rsa": rsa_key(), "ec": ec_key(), "ed": ed_key()}
        rows: list[ProviderRow] = []
        for kind, model in (("openai", CHAT_MODEL), ("anthropic", CLAUDE_MODEL)):
            simulator = Simulator(kind, models=[model], api_key=PROVIDER_KEY, behaviour=behaviour)
            running = stack.enter_context(SimulatorThread(simulator))
            rows.append(ProviderRow(name=kind, kind=kind, base_url=running.base_url))
        text = gateway_toml(
            providers=rows,
            models=[
                ModelRow(name=f"{kind}/{model}", aliases=(model,), deployments=((kind, model),))
                for kind, model in (("openai", CHAT_MODEL), ("anthropic", CLAUDE_MODEL))
            ],
            keys=[KeyRow(name="key", key=KEY)],
            workers=2,
            more=identity(issuer),
        )
        gateway = stack.enter_context(running_gateway(folder, text, credential_files(rows)))
        yield Stage(gateway=gateway, issuer=issuer)


def ask_openai(client: openai.OpenAI) -> str:
    with client:
        answer = client.chat.completions.create(
            model=CHAT_MODEL, messages=[{"role": "user", "content": "hello"}]
        )
    return answer.choices[0].message.content or ""


def ask_anthropic(client: anthropic.Anthropic) -> str:
    with client:
        answer = client.messages.create(
            model=CLAUDE_MODEL, max_tokens=64, messages=[{"role": "user", "content": "hello"}]
        )
    return str(answer.content[0])


def token(stage: Stage, key_id: str = "rsa", **claims: object) -> str:
    usual: dict[str, object] = {"team": ["x", "g-7"], "sub": SUBJECT, "division": "d1"}
    found = stage.issuer.claims(**{**usual, **claims})
    return signed(found, stage.issuer.keys[key_id], key_id)


@pytest.mark.parametrize("key_id", ["rsa", "ec", "ed"])
def test_official_clients_call_with_a_token(stage: Stage, key_id: str) -> None:
    shown = token(stage, key_id)
    for _ in range(4):  # both workers
        assert ask_openai(stage.openai(shown, retries=4))
        assert ask_anthropic(stage.anthropic(shown))
    assert ask_openai(stage.openai(KEY))


def test_a_client_may_ask_for_a_fresh_token_each_time(stage: Stage) -> None:
    url = f"{stage.gateway.base_url}/v1"
    given: list[str] = []

    def fresh() -> str:
        given.append(token(stage, nonce=len(given)))
        return given[-1]

    with openai.OpenAI(base_url=url, api_key=fresh, max_retries=4) as client:
        for count in (1, 2):
            assert client.chat.completions.create(
                model=CHAT_MODEL, messages=[{"role": "user", "content": "hello"}]
            )
            assert len(given) >= count


def test_streams_too(stage: Stage) -> None:
    with stage.openai(token(stage), retries=4) as client:
        stream = client.chat.completions.create(
            model=CHAT_MODEL, messages=[{"role": "user", "content": "hello"}], stream=True
        )
        assert len(list(stream)) > 1


def test_a_refused_token_is_the_clients_own_authentication_error(stage: Stage) -> None:
    good = token(stage)
    head, body, signature = good.split(".")
    now = int(time.time())
    for bad, said in (
        (token(stage, exp=now - 3600), "expired"),
        (token(stage, aud="api://other"), "somebody else"),
        (token(stage, iss="https://other.example"), "not known here"),
        (token(stage, team="nobody"), "says no project"),
        (f"{head}.{body}.{signature[:-8]}AAAAAAAA", "signature"),
        (f"{head}.{body}", "not known here"),
    ):
        with pytest.raises(openai.AuthenticationError, match=said) as refused:
            ask_openai(stage.openai(bad))
        assert bad not in str(refused.value)
        with pytest.raises(anthropic.AuthenticationError, match=said):
            ask_anthropic(stage.anthropic(bad))


def test_a_rotated_key_is_met_without_a_restart(stage: Stage) -> None:
    stage.issuer.keys["fresh"] = rsa_key(9)
    shown = token(stage, "fresh")

    def served() -> bool:
        try:
            return all(ask_openai(stage.openai(shown)) for _ in range(4))
        except (openai.AuthenticationError, openai.InternalServerError):
            return False  # a worker that has not heard of the key yet, or asks just now

    eventually(served, "the new key is known to both workers", within_s=30)


def test_the_ledger_knows_who_called_and_nothing_of_the_token(stage: Stage) -> None:
    shown = token(stage, nonce="canary-of-the-ledger")
    assert ask_openai(stage.openai(shown, retries=4))
    with pytest.raises(openai.AuthenticationError):
        ask_openai(stage.openai(shown[:-9] + "canary123"))
    folder = stage.gateway.state

    def entered() -> bool:
        return any(b"token:work:" in data for data in contents(folder))

    eventually(entered, "the entry is in a file")
    parts = [part.encode() for part in shown.split(".")]
    for data in (*contents(folder), stage.gateway.errors().encode()):
        assert SUBJECT.encode() not in data
        assert not any(part in data for part in parts)
        assert b"canary123" not in data


def contents(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


def admin(stage: Stage, path: str, shown: str | None) -> tuple[int, str]:
    headers = {} if shown is None else {"authorization": f"Bearer {shown}"}
    request = Request(f"{stage.gateway.admin_url}/admin/v1/{path}", headers=headers)
    try:
        with urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def test_a_tokens_role_opens_the_admin_api(stage: Stage) -> None:
    status, body = admin(stage, "status", token(stage, roles=["ai.audit"]))
    assert status == 200, body
    assert json.loads(body)["workers"] == 2
    for shown in (None, token(stage), token(stage, roles=["owner"]), KEY):
        assert admin(stage, "status", shown)[0] in (401, 403)
    forged = token(stage, roles=["ai.audit"])[:-8] + "AAAAAAAA"
    status, body = admin(stage, "status", forged)
    assert status == 401
    assert "signature" in body
    assert forged not in body


def test_workers_go_on_without_control_process_and_issuer(stage: Stage) -> None:
    """The last test of the file: the issuer does not come back."""
    before = stage.gateway.control()
    os.kill(before, signal.SIGKILL)
    for _ in range(4):
        assert ask_openai(stage.openai(token(stage, nonce=os.urandom(8).hex())))
    eventually(lambda: stage.gateway.control() != before, "the control process is back")
    stage.issuer.stop()
    for _ in range(4):
        assert ask_openai(stage.openai(token(stage, nonce=os.urandom(8).hex())))
        assert ask_anthropic(stage.anthropic(token(stage, nonce=os.urandom(8).hex())))
