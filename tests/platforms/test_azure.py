"""Azure, Foundry and both of Anthropic's doors, by their official clients through one gateway."""

from collections.abc import Callable, Generator
from typing import cast

import anthropic
import openai
import pytest
from anthropic import Anthropic, AnthropicAWS, AnthropicFoundry
from anthropic.types import MessageParam, ToolParam

from tests.gateway_configuration import PROVIDER_KEY
from tests.platforms.azure_stage import (
    ACCESS_KEY,
    API_VERSION,
    CAREFUL_KEY,
    CLAUDE,
    CLIENT_KEY,
    ROOM,
    SECRET,
    WORKSPACE,
    Stage,
    running_stage,
)
from tests.sdk.comparison import assert_own_headers, plain
from tests.sim.entra import token

AI = "https://ai.azure.com"
COGNITIVE = "https://cognitiveservices.azure.com"
SPILLOVER = "x-ms-spillover-deployment"
HI: list[MessageParam] = [{"role": "user", "content": "echo hi there"}]
WEATHER: ToolParam = {
    "name": "get_weather",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
}


@pytest.fixture(name="stage", scope="module")
def _stage(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stage]:
    with running_stage(tmp_path_factory.mktemp("azure") / "gateway") as running:
        yield running


def dated(url: str, key: str) -> openai.AzureOpenAI:
    return openai.AzureOpenAI(
        azure_endpoint=url, api_version=API_VERSION, azure_ad_token=key, max_retries=0
    )


def undated(url: str, key: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{url}/openai/v1/", api_key=key, max_retries=0)


def by_key(url: str, key: str) -> Anthropic:
    return AnthropicFoundry(base_url=f"{url}/anthropic/", api_key=key, max_retries=0)


def by_token(url: str, key: str) -> Anthropic:
    return AnthropicFoundry(
        base_url=f"{url}/anthropic/", azure_ad_token_provider=lambda: key, max_retries=0
    )


def keyed(url: str, key: str) -> Anthropic:
    return AnthropicAWS(base_url=url, api_key=key, workspace_id="wrkspc_mine", max_retries=0)


def signed(url: str, key: str) -> Anthropic:
    """Signs where `key` is the virtual one: its access key derives from it."""
    mine = key == CLIENT_KEY
    return AnthropicAWS(
        base_url=url,
        aws_access_key=ACCESS_KEY if mine else "AKIASTRAIGHT",
        aws_secret_key=SECRET if mine else key,
        aws_region="eu-central-1",
        workspace_id="wrkspc_mine",
        max_retries=0,
    )


def chat(client: openai.OpenAI, model: str) -> object:
    return client.chat.completions.create(model=model, messages=[{"role": "user", "content": "hi"}])


def chat_stream(client: openai.OpenAI, model: str) -> object:
    return list(
        client.chat.completions.create(
            model=model, messages=[{"role": "user", "content": "count to 5"}], stream=True
        )
    )


def respond(client: openai.OpenAI, model: str) -> object:
    return client.responses.create(model=model, input="echo hi")


@pytest.mark.parametrize("make", [dated, undated])
@pytest.mark.parametrize("call", [chat, chat_stream, respond])
def test_azure_by_entras_tokens(
    stage: Stage,
    make: Callable[[str, str], openai.OpenAI],
    call: Callable[[openai.OpenAI, str], object],
) -> None:
    with (
        make(stage.gateway.base_url, CLIENT_KEY) as through,
        make(stage.azure.base_url, token(COGNITIVE)) as straight,
    ):
        assert plain(call(through, "gpt")) == plain(call(straight, "gpt-prod"))
    sent = stage.azure.requests[-2]
    assert (sent.header("authorization") or "").startswith("Bearer ey")
    assert sent.header("api-key") is None


@pytest.mark.parametrize("call", [chat, chat_stream, respond])
def test_foundrys_other_publishers(
    stage: Stage, call: Callable[[openai.OpenAI, str], object]
) -> None:
    with (
        undated(stage.gateway.base_url, CLIENT_KEY) as through,
        undated(stage.foundry.base_url, token(AI)) as straight,
    ):
        assert plain(call(through, "grok")) == plain(call(straight, "grok-prod"))


def message(client: Anthropic, model: str) -> object:
    return client.messages.create(model=model, max_tokens=99, messages=HI)


def tool_call(client: Anthropic, model: str) -> object:
    asked: list[MessageParam] = [{"role": "user", "content": 'get_weather {"city": "Rome"}'}]
    return client.messages.create(model=model, max_tokens=99, messages=asked, tools=[WEATHER])


def message_stream(client: Anthropic, model: str) -> object:
    with client.messages.stream(model=model, max_tokens=99, messages=HI) as stream:
        return list(stream)


def count(client: Anthropic, model: str) -> object:
    return client.messages.count_tokens(model=model, messages=HI)


MESSAGES = [message, message_stream, tool_call, count]


@pytest.mark.parametrize("make", [by_key, by_token])
@pytest.mark.parametrize("call", MESSAGES)
def test_claude_on_foundry(
    stage: Stage,
    make: Callable[[str, str], Anthropic],
    call: Callable[[Anthropic, str], object],
) -> None:
    with (
        make(stage.gateway.base_url, CLIENT_KEY) as through,
        by_token(stage.foundry.base_url, token(AI)) as straight,
    ):
        # Each names the model as it was asked for there.
        found, expected = call(through, "claude"), call(straight, "claude-prod")
    assert plain(found) == plain(expected)


@pytest.mark.parametrize("make", [keyed, signed])
@pytest.mark.parametrize("call", MESSAGES)
def test_claude_platform_on_aws(
    stage: Stage,
    make: Callable[[str, str], Anthropic],
    call: Callable[[Anthropic, str], object],
) -> None:
    with make(stage.gateway.base_url, CLIENT_KEY) as through:
        found = plain(call(through, "claude-aws"))
    sent = stage.aws.requests[-1]
    assert sent.header("anthropic-workspace-id") == WORKSPACE
    assert "aws-external-anthropic/aws4_request" in (sent.header("authorization") or "")
    assert (b'"inference_geo":"global"' in sent.body) is (call is not count)
    straight = Anthropic(base_url=stage.anthropic.base_url, api_key=PROVIDER_KEY, max_retries=0)
    with straight:
        assert without_geo(found) == without_geo(plain(call(straight, CLAUDE)))


def without_geo(found: object) -> object:
    """`found` without where it was answered, which only one of two was told."""
    if isinstance(found, dict):
        members = cast("dict[str, object]", found)
        return {name: without_geo(v) for name, v in members.items() if name != "inference_geo"}
    if isinstance(found, list):
        return [without_geo(one) for one in cast("list[object]", found)]
    return found


def test_the_operators_region_and_workspace_win(stage: Stage) -> None:
    with Anthropic(base_url=stage.gateway.base_url, api_key=CLIENT_KEY, max_retries=0) as client:
        answer = client.messages.create(
            model="claude-here",
            max_tokens=9,
            messages=HI,
            inference_geo="global",
            extra_headers={"anthropic-workspace-id": "wrkspc_mine"},
        )
    assert answer.usage.inference_geo == "us"
    assert stage.anthropic.requests[-1].header("anthropic-workspace-id") == WORKSPACE


def test_another_dialects_request_is_placed_too(stage: Stage) -> None:
    with openai.OpenAI(
        base_url=f"{stage.gateway.base_url}/v1", api_key=CLIENT_KEY, max_retries=0
    ) as client:
        chat(client, "claude-here")
    assert b'"inference_geo":"us"' in stage.anthropic.requests[-1].body


@pytest.mark.parametrize("make", [by_key, by_token, keyed])
def test_a_wrong_key_and_an_unknown_model(
    stage: Stage, make: Callable[[str, str], Anthropic]
) -> None:
    url = stage.gateway.base_url
    with make(url, "dt-nobody") as client, pytest.raises(anthropic.AuthenticationError):
        message(client, "claude")
    with make(url, CLIENT_KEY) as client, pytest.raises(anthropic.NotFoundError):
        message(client, "nowhere")


def test_a_wrong_secret(stage: Stage) -> None:
    url = stage.gateway.base_url
    with signed(url, "wrong") as client, pytest.raises(anthropic.AuthenticationError):
        message(client, "claude-aws")


@pytest.mark.parametrize("body", ["forbidden prompt", "forbidden answer"])
def test_what_filters_found_reaches_the_client(stage: Stage, body: str) -> None:
    """A refusal of the prompt raises alike on both sides, a cut answer is equal."""

    def ask(client: openai.OpenAI, model: str) -> object:
        try:
            return plain(
                client.chat.completions.create(
                    model=model, messages=[{"role": "user", "content": body}]
                )
            )
        except openai.BadRequestError as error:
            return (error.code, error.body)

    with (
        dated(stage.gateway.base_url, CLIENT_KEY) as through,
        dated(stage.azure.base_url, token(COGNITIVE)) as straight,
    ):
        assert ask(through, "gpt") == ask(straight, "gpt-prod")


def test_azure_spills_only_where_the_caller_may_use_both(stage: Stage) -> None:
    url = stage.gateway.base_url
    with undated(url, CLIENT_KEY) as client, undated(url, CAREFUL_KEY) as careful:
        for _ in range(ROOM):
            chat(client, "ptu")
        assert stage.reserved.requests[-1].header(SPILLOVER) == "gpt-std"
        raw = client.chat.completions.with_raw_response.create(
            model="ptu", messages=[{"role": "user", "content": "echo spilled"}]
        )
        assert raw.headers["x-ms-deployment-name"] == "gpt-std"
        assert raw.headers["x-detente-deployment"] == "reserved/gpt-std"
        assert raw.headers["x-detente-attempts"] == "2"
        sent = len(stage.reserved.requests)
        with pytest.raises(openai.RateLimitError):
            careful.chat.completions.create(
                model="ptu",
                messages=[{"role": "user", "content": "hi"}],
                extra_headers={SPILLOVER: "gpt-std"},
            )
    refused = stage.reserved.requests[sent:]
    assert [request.header(SPILLOVER) for request in refused] == [None]


def test_the_gateway_says_who_answered(stage: Stage) -> None:
    with by_key(stage.gateway.base_url, CLIENT_KEY) as client:
        raw = client.messages.with_raw_response.create(model="claude", max_tokens=9, messages=HI)
    assert_own_headers(raw.headers, "foundry/claude-prod")
