"""Clients of AWS, unmodified: they sign with the access key that derives from a virtual key."""

import json
from collections.abc import Generator
from contextlib import ExitStack
from typing import Any

import boto3  # pyright: ignore[reportMissingTypeStubs] - it has none
import msgspec
import pytest
from anthropic import AuthenticationError
from anthropic.lib.bedrock import AnthropicBedrock
from botocore import config, exceptions  # pyright: ignore[reportMissingTypeStubs] - as above
from openai import OpenAI
from openai.providers import bedrock

from detente.configuration.schema import SimulatedProvider
from detente.gateway.callers.access_keys import access_key_id, secret_access_key
from detente.simulator import Simulator, SimulatorThread
from tests.gateway.scripts import hashed
from tests.gateway_configuration import (
    PROVIDER_KEY,
    KeyRow,
    ModelRow,
    ProviderRow,
    credential_files,
    gateway_toml,
)
from tests.gateway_process import running_gateway

CLIENT_KEY = "dt-sdk-tests-aws"
MASTER_KEY = "a master key of the tests, long enough"
ACCESS_KEY = access_key_id(hashed(CLIENT_KEY))
SECRET = secret_access_key(MASTER_KEY, ACCESS_KEY)
CLAUDE = "us.anthropic.claude-sonnet-5-5-v1:0"
LLAMA = "meta.llama3-70b-instruct-v1:0"
GPT = "openai.gpt-oss-120b-1:0"
PROFILE = f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/{CLAUDE}"
MESSAGES = [{"role": "user", "content": [{"text": "echo hi there"}]}]
NATIVE = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 50,
    "messages": [{"role": "user", "content": "echo hi there"}],
}


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """The running gateway, in front of one simulated Bedrock."""

    url: str

    def client(self, secret: str = SECRET, **more: str) -> Any:
        """boto3's client, as an application makes it."""
        connect: Any = vars(boto3)["client"]
        return connect(
            "bedrock-runtime",
            endpoint_url=self.url,
            region_name="eu-west-1",
            aws_access_key_id=more.get("access_key", ACCESS_KEY),
            aws_secret_access_key=secret,
            config=config.Config(retries={"total_max_attempts": 1}),
        )


@pytest.fixture(scope="module", params=["signed", "bearer"])
def stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Stage]:
    """One gateway for each way in which it can reach Bedrock itself."""
    simulator = Simulator(
        "bedrock",
        models=[CLAUDE, LLAMA, GPT],
        api_key=PROVIDER_KEY,
        behaviour=SimulatedProvider(tokens=6),
    )
    with ExitStack() as stack:
        upstream = stack.enter_context(SimulatorThread(simulator))
        row = ProviderRow(
            name="bedrock",
            kind="bedrock",
            base_url=upstream.base_url,
            api_key=PROVIDER_KEY if request.param == "bearer" else None,
            settings='region = "us-east-1"\n',
        )
        if request.param == "signed":
            access = 'access_key_id = "AKIAGATEWAY"\nsecret_access_key = { file = "aws.key" }\n'
            row = msgspec.structs.replace(row, settings=row.settings + access)
        text = gateway_toml(
            providers=[row],
            models=[
                ModelRow(
                    name="anthropic/claude",
                    aliases=("claude", PROFILE),
                    deployments=(("bedrock", CLAUDE),),
                ),
                ModelRow(name="openai/gpt-oss", deployments=(("bedrock", GPT),)),
                ModelRow(name="meta/llama", aliases=(LLAMA,), deployments=(("bedrock", LLAMA),)),
            ],
            keys=[KeyRow(name="aws", key=CLIENT_KEY)],
        ).replace("[server]\n", '[server]\nmaster_key = { file = "master.key" }\n')
        files = {**credential_files([row]), "master.key": MASTER_KEY, "aws.key": PROVIDER_KEY}
        folder = tmp_path_factory.mktemp("aws") / "gateway"
        gateway = stack.enter_context(running_gateway(folder, text, files))
        yield Stage(url=gateway.base_url)


def test_converse(stage: Stage) -> None:
    answer = stage.client().converse(modelId=LLAMA, messages=MESSAGES)
    assert answer["output"]["message"]["content"] == [{"text": "hi there"}]
    assert answer["stopReason"] == "end_turn"
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-detente-deployment"] == f"bedrock/{LLAMA}"


def test_converse_stream(stage: Stage) -> None:
    answer = stage.client().converse_stream(modelId=LLAMA, messages=MESSAGES)
    events: list[dict[str, Any]] = list(answer["stream"])
    deltas = [e["contentBlockDelta"]["delta"] for e in events if "contentBlockDelta" in e]
    assert "".join(delta["text"] for delta in deltas) == "hi there"
    assert events[-1]["metadata"]["usage"]["outputTokens"] > 0


def test_invoke(stage: Stage) -> None:
    body = json.dumps(NATIVE)
    answer = stage.client().invoke_model(modelId="claude", body=body)
    assert json.loads(answer["body"].read())["content"] == [{"type": "text", "text": "hi there"}]
    streamed = stage.client().invoke_model_with_response_stream(modelId="claude", body=body)
    events = [json.loads(event["chunk"]["bytes"]) for event in streamed["body"]]
    assert (events[0]["type"], events[-1]["type"]) == ("message_start", "message_stop")


@pytest.mark.parametrize("model", ["anthropic/claude", PROFILE])
def test_anthropics_client_for_bedrock(stage: Stage, model: str) -> None:
    client = AnthropicBedrock(
        base_url=stage.url,
        aws_access_key=ACCESS_KEY,
        aws_secret_key=SECRET,
        aws_region="us-west-2",
        max_retries=0,
    )
    message = client.messages.create(
        model=model, max_tokens=50, messages=[{"role": "user", "content": "echo hi there"}]
    )
    assert message.content[0].type == "text"
    assert message.content[0].text == "hi there"
    with client.messages.stream(
        model=model, max_tokens=50, messages=[{"role": "user", "content": "echo hi there"}]
    ) as stream:
        assert stream.get_final_text() == "hi there"


def test_openais_client_for_bedrock(stage: Stage) -> None:
    signing = bedrock(
        base_url=f"{stage.url}/openai/v1",
        region="us-west-2",
        access_key_id=ACCESS_KEY,
        secret_access_key=SECRET,
    )
    client = OpenAI(provider=signing, max_retries=0)
    answer = client.chat.completions.create(
        model="openai/gpt-oss", messages=[{"role": "user", "content": "echo hi there"}]
    )
    assert answer.choices[0].message.content == "hi there"


def test_a_guessed_secret(stage: Stage) -> None:
    with pytest.raises(exceptions.ClientError, match=r"AccessDeniedException.*does not fit"):
        stage.client("guessed").converse(modelId=LLAMA, messages=MESSAGES)


def test_an_access_key_of_somebody_else(stage: Stage) -> None:
    client = stage.client(access_key="AKIASOMEBODY")
    with pytest.raises(exceptions.ClientError, match="not known here"):
        client.converse(modelId=LLAMA, messages=MESSAGES)


def test_anthropics_client_raises_its_own_error(stage: Stage) -> None:
    client = AnthropicBedrock(
        base_url=stage.url,
        aws_access_key=ACCESS_KEY,
        aws_secret_key="guessed",
        aws_region="us-west-2",
        max_retries=0,
    )
    with pytest.raises(AuthenticationError, match="does not fit"):
        client.messages.create(
            model="claude", max_tokens=5, messages=[{"role": "user", "content": "x"}]
        )
