"""Vertex AI's clients, straight at the simulated platform and through the gateway: the same."""

# pyright: reportUnknownMemberType=false
# Google's client leaves parts of itself untyped.

import json
from collections.abc import Generator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anthropic
import msgspec
import openai
import pytest
from anthropic import AnthropicGoogleCloud
from google import genai
from google.genai import errors, types

from detente.configuration.schema import SimulatedProvider
from detente.simulator import IdentitySimulator, Simulator, SimulatorThread, Status
from detente.simulator.identity import issue
from detente.simulator.identity.desk import Identities
from detente.simulator.identity.google import CLOUD_PLATFORM
from tests.gateway_configuration import (
    PROVIDER_KEY,
    KeyRow,
    ModelRow,
    ProviderRow,
    credential_files,
    gateway_toml,
)
from tests.gateway_process import running_gateway
from tests.platforms import vertex_calls as calls
from tests.platforms.vertex_calls import CALLS, Place
from tests.sdk.comparison import plain

CLIENT_KEY = "dt-vertex-0001"
PLACE = f'project = "{calls.PROJECT}"\nregion = "{calls.LOCATION}"\n'
PUBLISHERS = {calls.CLAUDE: "anthropic", calls.GPT: "openai", calls.LLAMA: "meta"}
KNOWN = Identities()


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """The gateway, Vertex AI behind a token, its express mode, and two other platforms."""

    url: str
    vertex: SimulatorThread
    express: SimulatorThread
    elsewhere: SimulatorThread
    token: str

    @property
    def straight(self) -> Place:
        """The platform itself."""
        return Place(url=self.vertex.base_url, token=self.token)

    @property
    def through(self) -> Place:
        """The gateway, asked as the platform is."""
        return Place(url=self.url, token=CLIENT_KEY)


def federated(token_url: str, subject: Path) -> str:
    """A workload's credential file of google-auth."""
    return json.dumps(
        {
            "type": "external_account",
            "audience": KNOWN.google_pool,
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": token_url,
            "credential_source": {"file": str(subject)},
        }
    )


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stage]:
    folder = tmp_path_factory.mktemp("vertex") / "gateway"
    behaviour = SimulatedProvider(tokens=6, provisioned=(calls.GEMINI,))
    with ExitStack() as stack:
        identity = stack.enter_context(SimulatorThread(IdentitySimulator(KNOWN)))
        vertex = stack.enter_context(
            SimulatorThread(
                Simulator(
                    "vertex",
                    models=calls.MODELS,
                    issued_tokens=True,
                    behaviour=behaviour,
                    project=calls.PROJECT,
                    region=calls.LOCATION,
                )
            )
        )
        express = stack.enter_context(
            SimulatorThread(Simulator("vertex", models=[calls.GEMINI], api_key=PROVIDER_KEY))
        )
        elsewhere = stack.enter_context(
            SimulatorThread(Simulator("anthropic", models=["claude"], api_key=PROVIDER_KEY))
        )
        subject = folder / "subject"
        folder.mkdir(parents=True)
        subject.write_text(KNOWN.google_subject)
        account = federated(f"{identity.base_url}/v1/token", subject)
        found = f'{PLACE}credentials = {{ file = "account.json" }}\n'
        wrong = f'project = "not-ours"\nregion = "{calls.LOCATION}"\n'
        rows = [
            _row("vertex", vertex, found),
            _row("foreign", vertex, f'{wrong}credentials = {{ file = "account.json" }}\n'),
            _row("express", express, 'region = "global"\n', api_key=PROVIDER_KEY),
            ProviderRow(name="yonder", kind="anthropic", base_url=elsewhere.base_url),
        ]
        text = gateway_toml(
            providers=rows, models=_models(), keys=[KeyRow(name="any", key=CLIENT_KEY)], more=MORE
        )
        files = {**credential_files(rows), "account.json": account}
        gateway = stack.enter_context(running_gateway(folder, text, files))
        yield Stage(
            url=gateway.base_url,
            vertex=vertex,
            express=express,
            elsewhere=elsewhere,
            token=_issued(),
        )


def _row(
    name: str, running: SimulatorThread, settings: str, *, api_key: str | None = None
) -> ProviderRow:
    return ProviderRow(
        name=name, kind="vertex", base_url=running.base_url, api_key=api_key, settings=settings
    )


def _models() -> list[ModelRow]:
    own = [
        ModelRow(
            name=f"{PUBLISHERS.get(model, 'google')}/at-vertex-{number}",
            aliases=(model,),
            deployments=(("vertex", model),),
        )
        for number, model in enumerate(calls.MODELS)
    ]
    return [
        *own,
        ModelRow(name="google/express", deployments=(("express", calls.GEMINI),)),
        ModelRow(name="anthropic/elsewhere", deployments=(("yonder", "claude"),)),
        ModelRow(name="google/missing", deployments=(("vertex", "gemini-unknown"),)),
        ModelRow(name="google/foreign", deployments=(("foreign", calls.GEMINI),)),
        ModelRow(
            name="anthropic/both",
            deployments=(("vertex", calls.CLAUDE), ("yonder", "claude")),
        ),
    ]


MORE = f"""
[models."google/dedicated"]
deployments = [{{ provider = "vertex", id = "{calls.GEMINI}", tier = "dedicated" }}]

[models."anthropic/dedicated"]
deployments = [{{ provider = "vertex", id = "{calls.CLAUDE}", tier = "dedicated" }}]

[models."google/priority"]
deployments = [{{ provider = "vertex", id = "{calls.GEMINI}", tier = "priority" }}]
"""


def _issued() -> str:
    """A token of Google's, as the client has one."""
    now = datetime.now(UTC)
    return issue(
        subject="me",
        audience=CLOUD_PLATFORM,
        issued_at=now,
        expires_at=now + timedelta(hours=1),
    )


@pytest.fixture(autouse=True)
def _anew(stage: Stage) -> None:
    for simulator in (stage.vertex, stage.express, stage.elsewhere):
        simulator.reset()


def sent(simulator: SimulatorThread) -> tuple[str, dict[str, str], Any]:
    """Path, headers and body of the last request there."""
    request = simulator.requests[-1]
    return request.target, dict(request.headers), json.loads(request.body)


@pytest.mark.parametrize("name", CALLS)
def test_the_same_through_the_gateway(stage: Stage, name: str) -> None:
    assert CALLS[name](stage.through) == CALLS[name](stage.straight)


def test_one_text_is_embedded_the_same(stage: Stage) -> None:
    straight: Any = calls.EMBEDDED_ONE(stage.straight)
    through: Any = calls.EMBEDDED_ONE(stage.through)
    assert through["embeddings"][0]["values"] == straight["embeddings"][0]["values"]
    assert len(through["embeddings"][0]["values"]) == 4


def test_claude_is_asked_by_raw_predict(stage: Stage) -> None:
    calls.claude(stage.through).messages.create(
        model=calls.CLAUDE,
        max_tokens=9,
        messages=calls.TURNS,
        extra_headers={"anthropic-beta": "a,b"},
    )
    target, headers, body = sent(stage.vertex)
    place = f"/v1/projects/{calls.PROJECT}/locations/{calls.LOCATION}"
    assert target == f"{place}/publishers/anthropic/models/{calls.CLAUDE}:rawPredict"
    assert (body["anthropic_version"], "model" in body) == ("2026-10-21", False)
    assert headers["anthropic-beta"] == "a,b"
    assert "anthropic-version" not in headers
    assert headers["authorization"] != f"Bearer {CLIENT_KEY}"


def test_a_client_of_the_older_version_is_understood(stage: Stage) -> None:
    client = anthropic.Anthropic(
        base_url=stage.url,
        api_key=CLIENT_KEY,
        max_retries=0,
        default_headers={"anthropic-version": "2023-06-01"},
    )
    answer = client.messages.create(
        model=calls.CLAUDE, max_tokens=9, messages=calls.TURNS, extra_body={"temperature": 0.5}
    )
    assert answer.stop_reason == "end_turn"
    body = sent(stage.vertex)[2]
    assert (body["anthropic_version"], body["temperature"]) == ("vertex-2023-10-16", 0.5)


def test_claude_answers_openais_client(stage: Stage) -> None:
    client = openai.OpenAI(base_url=f"{stage.url}/v1", api_key=CLIENT_KEY, max_retries=0)
    answer = client.chat.completions.create(model=calls.CLAUDE, messages=calls.TURNS)
    assert answer.choices[0].message.content == "hello there"
    stream = client.chat.completions.create(model=calls.CLAUDE, messages=calls.TURNS, stream=True)
    text = "".join(piece.choices[0].delta.content or "" for piece in stream if piece.choices)
    assert text == "hello there"
    target, headers, body = sent(stage.vertex)
    assert target.endswith(":streamRawPredict")
    assert (body["anthropic_version"], body["stream"]) == ("vertex-2023-10-16", True)
    assert "anthropic-version" not in headers


@pytest.mark.parametrize("model", ["anthropic/elsewhere", calls.GPT, calls.GEMINI, calls.LLAMA])
def test_anthropics_client_reaches_every_model(stage: Stage, model: str) -> None:
    with calls.claude(stage.through) as client:
        asked: Any = {"model": model, "max_tokens": 50, "messages": calls.TURNS}
        answer: Any = plain(client.messages.create(**asked))  # pyright: ignore[reportUnknownArgumentType] -- it is asked by keywords
        assert answer["content"][0]["text"] == "hello there"
        with client.messages.stream(**asked) as stream:
            assert stream.get_final_text() == "hello there"


def test_the_other_clients_reach_claude_elsewhere(stage: Stage) -> None:
    client = calls.google(stage.through)
    answer = client.models.generate_content(model="anthropic/elsewhere", contents=calls.QUESTION)
    assert answer.text == "hello there"
    with calls.responses(stage.through) as other:
        told = other.responses.create(model="anthropic/elsewhere", input=calls.QUESTION)
    assert told.output_text == "hello there"


def test_anthropics_platform_on_google_cloud(stage: Stage) -> None:
    base_url = f"{stage.through.below}/workspaces/w/invoke"
    client = AnthropicGoogleCloud(
        base_url=base_url, token_provider=lambda: CLIENT_KEY, max_retries=0
    )
    answer = client.messages.create(model=calls.CLAUDE, max_tokens=50, messages=calls.TURNS)
    assert [block.text for block in answer.content if block.type == "text"] == ["hello there"]
    counted = client.messages.count_tokens(model=calls.CLAUDE, messages=calls.TURNS)
    assert counted.input_tokens > 0


def test_express_mode_on_both_sides(stage: Stage) -> None:
    client = calls.express(stage.url, CLIENT_KEY)
    answer = client.models.generate_content(model="google/express", contents=calls.QUESTION)
    straight = calls.express(stage.express.base_url, PROVIDER_KEY)
    told = straight.models.generate_content(model=calls.GEMINI, contents=calls.QUESTION)
    assert calls.generated(answer) == calls.generated(told)
    request = stage.express.requests[0]
    assert request.target == f"/v1/publishers/google/models/{calls.GEMINI}:generateContent"
    assert request.header("x-goog-api-key") == PROVIDER_KEY


def counted_as(client: genai.Client, model: str) -> str | None:
    """What Google says that the request counts as."""
    usage = client.models.generate_content(model=model, contents=calls.QUESTION).usage_metadata
    assert usage is not None
    return None if usage.traffic_type is None else usage.traffic_type.value


def test_tiers(stage: Stage) -> None:
    client = calls.google(stage.through)
    assert counted_as(client, "google/dedicated") == "PROVISIONED_THROUGHPUT"
    assert sent(stage.vertex)[1]["x-vertex-ai-llm-request-type"] == "dedicated"
    assert counted_as(client, "google/priority") == "ON_DEMAND_PRIORITY"


def test_dedicated_without_capacity(stage: Stage) -> None:
    with calls.claude(stage.through) as client, pytest.raises(anthropic.RateLimitError):
        client.messages.create(model="anthropic/dedicated", max_tokens=9, messages=calls.TURNS)


def test_the_next_deployment_answers_where_vertex_has_no_room(stage: Stage) -> None:
    stage.vertex.script(Status(status=429))
    with calls.claude(stage.through) as client:
        raw = client.messages.with_raw_response.create(
            model="anthropic/both", max_tokens=9, messages=calls.TURNS
        )
    assert raw.headers["x-detente-attempts"] == "2"
    assert raw.headers["x-detente-deployment"] == "yonder/claude"


@pytest.mark.parametrize(
    ("model", "said"), [("google/missing", "`id`"), ("google/foreign", "`credentials`")]
)
def test_what_is_wrong_with_a_deployment(stage: Stage, model: str, said: str) -> None:
    client = calls.google(stage.through)
    with pytest.raises(errors.APIError, match=said) as caught:
        client.models.generate_content(model=model, contents=calls.QUESTION)
    assert caught.value.code == 502
    assert stage.token not in str(caught.value)


def test_a_request_that_anthropic_refuses(stage: Stage) -> None:
    for place in (stage.straight, stage.through):
        with calls.claude(place) as client, pytest.raises(anthropic.BadRequestError) as caught:
            client.messages.create(model=calls.CLAUDE, max_tokens=9, messages=[])
        body: Any = caught.value.body
        assert body["error"]["type"] == "invalid_request_error"
        assert body["error"]["message"] == "messages: at least one message is required"


def test_a_request_that_google_refuses(stage: Stage) -> None:
    config = types.GenerateContentConfig(max_output_tokens=-1)
    for place in (stage.straight, stage.through):
        client = calls.google(place)
        with pytest.raises(errors.ClientError) as caught:
            client.models.generate_content(model=calls.GEMINI, contents="hi", config=config)
        assert (caught.value.code, caught.value.status) == (400, "INVALID_ARGUMENT")


def test_keys_that_nobody_knows_here(stage: Stage) -> None:
    wrong = msgspec.structs.replace(stage.through, token="dt-wrong")
    with calls.claude(wrong) as claude, pytest.raises(anthropic.AuthenticationError):
        claude.messages.create(model=calls.CLAUDE, max_tokens=9, messages=calls.TURNS)
    with calls.responses(wrong) as other, pytest.raises(openai.AuthenticationError):
        other.responses.create(model=calls.GPT, input=calls.QUESTION)
    google = calls.google(wrong)
    with pytest.raises(errors.ClientError) as caught:
        google.models.generate_content(model=calls.GEMINI, contents=calls.QUESTION)
    assert (caught.value.code, caught.value.status) == (401, "UNAUTHENTICATED")
    assert stage.vertex.requests == ()
