"""Every client over Oracle Cloud's native chat, in both of its formats, signed by an RSA key.

A text, a bound, a thought and a tool loop with two calls, whole and streamed, by the official SDKs;
and OpenAI's dialects of the same platform, passed through.
"""

import json
from collections.abc import Generator
from contextlib import ExitStack
from typing import Any, Final, cast

import openai
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from oci.exceptions import ServiceError  # pyright: ignore[reportMissingTypeStubs] - it has none
from oci.generative_ai_inference import (  # pyright: ignore[reportMissingTypeStubs] - it has none
    models,
)

from detente.configuration.schema import SimulatedProvider
from detente.simulator import Cut, Simulator, SimulatorThread, Status, StreamError
from tests.gateway_configuration import KeyRow, ModelRow, ProviderRow, gateway_toml
from tests.gateway_process import running_gateway
from tests.pairs.clients import CLIENTS
from tests.pairs.cohere_talk import CohereTalk
from tests.pairs.converse_talk import MASTER_KEY
from tests.pairs.ollama_talk import OllamaTalk
from tests.pairs.oracle import COMPARTMENT, oci_files, oracle_client
from tests.pairs.stage import Stage
from tests.pairs.talk import CLIENT_KEY, Result, Talk, Terms

ALL_CLIENTS: Final = {**CLIENTS, "cohere_chat": CohereTalk, "ollama_chat": OllamaTalk}
UPSTREAMS: Final = {"generic": "xai.grok-4", "coheres": "cohere.command-a-03-2025"}
ARGUMENTS: Final = {"city": 'Paris "centre"', "days": [1, {"unit": "°C"}]}
STREAMS = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
PAIRS = pytest.mark.parametrize(
    ("client", "upstream"), [(client, one) for client in ALL_CLIENTS for one in UPSTREAMS]
)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stage]:
    """A gateway before simulated Oracle Cloud, once with each credential."""
    folder = tmp_path_factory.mktemp("oracle")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    config = oci_files(key, folder)
    with ExitStack() as stack:
        simulator = stack.enter_context(
            SimulatorThread(
                Simulator(
                    "oci",
                    models=list(UPSTREAMS.values()),
                    api_key=public.decode(),
                    behaviour=SimulatedProvider(tokens=6),
                )
            )
        )
        settings = (
            f'compartment = "{COMPARTMENT}"\nregion = "us-chicago-1"\n'
            f'credentials = {{ file = "{config}" }}\n'
        )
        rows = [
            ProviderRow(
                name=name,
                kind="oci",
                base_url=simulator.base_url + suffix,
                api_key=None,
                settings=f'{settings}dialects = ["{dialect}"]',
            )
            for name, dialect, suffix in (
                ("native", "oci_chat", ""),
                ("chat", "openai_chat", "/openai/v1"),
                ("responses", "openai_responses", "/openai/v1"),
            )
        ]
        rows_of_models = [
            ModelRow(name=f"tests/{name}", aliases=(f"o-{name}",), deployments=(("native", id_),))
            for name, id_ in UPSTREAMS.items()
        ]
        rows_of_models += [
            ModelRow(
                name=f"tests/{name}",
                aliases=(f"o-{name}",),
                deployments=((name, UPSTREAMS["generic"]),),
            )
            for name in ("chat", "responses")
        ]
        text = gateway_toml(
            providers=rows, models=rows_of_models, keys=[KeyRow(name="oracle", key=CLIENT_KEY)]
        ).replace("[server]\n", '[server]\nmaster_key = { file = "master" }\n', 1)
        gateway = stack.enter_context(
            running_gateway(folder / "gateway", text, {"master": MASTER_KEY})
        )
        yield Stage(gateway=gateway, platforms={"native": simulator})


def begin(stage: Stage, client: str, upstream: str, **terms: Any) -> Talk:
    given: dict[str, Any] = {"thinks": False, **terms}
    asked = Terms(url=stage.url, model=f"o-{upstream}", **given)
    return ALL_CLIENTS[client](asked)


@STREAMS
@PAIRS
def test_a_text(stage: Stage, client: str, upstream: str, stream: bool) -> None:
    told = begin(stage, client, upstream, stream=stream).ask("echo déjà vu, “twice”")
    assert (told.text, told.stop) == ("déjà vu, “twice”", "end")
    assert told.usage is not None
    assert told.usage.input_tokens > 0
    assert told.usage.output_tokens == len(["déjà", " vu", ",", " “", "twice", "”"])
    sent = json.loads(stage.platforms["native"].requests[-1].body)
    assert sent["compartmentId"] == COMPARTMENT
    assert sent["servingMode"]["modelId"] == UPSTREAMS[upstream]
    assert sent["chatRequest"]["apiFormat"] == ("GENERIC" if upstream == "generic" else "COHEREV2")


@STREAMS
@PAIRS
def test_a_bound(stage: Stage, client: str, upstream: str, stream: bool) -> None:
    terms = {"stream": stream, "output_tokens": 16, "temperature": 0.5}
    told = begin(stage, client, upstream, **terms).ask("count to 99")
    assert (told.text.split()[-1], told.stop) == ("16", "length")


@STREAMS
@PAIRS
def test_a_tool_loop(stage: Stage, client: str, upstream: str, stream: bool) -> None:
    tools = ("get_weather", "get_time")
    talk = begin(stage, client, upstream, stream=stream, tools=tools)
    told = talk.ask(f"get_weather {json.dumps(ARGUMENTS)} get_time {{}} and report")
    assert told.stop == "tool_calls"
    calls = [(name, arguments) for _, name, arguments in told.calls]
    assert calls == [("get_weather", ARGUMENTS), ("get_time", {})]
    final = talk.give(
        [(id_, name, Result(text=f"of {name}")) for id_, name, _ in told.calls],
    )
    said, _, report = final.text.partition("\n")
    assert (said, final.stop) == ("The tool says: of get_weather of get_time", "end")
    assert [one["text"] for one in json.loads(report)] == ["of get_weather", "of get_time"]


@pytest.mark.parametrize("name", ["chat", "responses"])
def test_openais_own_dialects(stage: Stage, name: str) -> None:
    client = openai.OpenAI(api_key=CLIENT_KEY, base_url=stage.url + "/v1", max_retries=0)
    if name == "chat":
        chat = client.chat.completions.create(
            model="o-chat", messages=[{"role": "user", "content": "echo a b"}]
        )
        assert chat.choices[0].message.content == "a b"
    else:
        assert client.responses.create(model="o-responses", input="echo a b").output_text == "a b"
    sent = stage.platforms["native"].requests[-1]
    assert sent.path.startswith("/openai/v1/")
    assert sent.header("opc-compartment-id") == COMPARTMENT
    assert (sent.header("authorization") or "").startswith("Signature ")
    assert [name for name, _ in sent.headers].count("content-type") == 1


def test_another_type_of_the_clients_breaks_no_signature(stage: Stage) -> None:
    client = openai.OpenAI(api_key=CLIENT_KEY, base_url=stage.url + "/v1", max_retries=0)
    chat = client.chat.completions.create(
        model="o-chat",
        messages=[{"role": "user", "content": "echo a b"}],
        extra_headers={"content-type": "application/json; charset=utf-8"},
    )
    assert chat.choices[0].message.content == "a b"


@pytest.mark.parametrize("upstream", UPSTREAMS)
def test_a_stream_that_breaks_is_never_clean(stage: Stage, upstream: str) -> None:
    client = openai.OpenAI(api_key=CLIENT_KEY, base_url=stage.url + "/v1", max_retries=0)
    for behaviour in (
        StreamError(after_tokens=3),
        Cut(after_tokens=3),
        Cut(after_tokens=3, how="end"),
    ):
        stage.platforms["native"].script(behaviour)
        stream = client.chat.completions.create(
            model=f"o-{upstream}",
            messages=[{"role": "user", "content": "count to 99"}],
            stream=True,
        )
        with pytest.raises(openai.APIError):
            list(stream)


def details(text: str, model: str, *, stream: bool = False, cohere: bool = False) -> Any:
    if cohere:
        content = models.CohereTextContentV2(text=text)
        said = models.CohereUserMessageV2(content=[content])
        chat: Any = models.CohereChatRequestV2(messages=[said], is_stream=stream)
    else:
        said = models.UserMessage(content=[models.TextContent(text=text)])
        chat = models.GenericChatRequest(messages=[said], is_stream=stream)
    return models.ChatDetails(
        compartment_id="ocid1.compartment.oc1..clients",
        serving_mode=models.OnDemandServingMode(model_id=model),
        chat_request=chat,
    )


@pytest.mark.parametrize(
    ("upstream", "cohere"),
    [
        ("generic", False),
        ("coheres", True),
        ("chat", False),
        ("chat", True),
        ("responses", False),
        ("responses", True),
    ],
)
def test_oracles_own_client(stage: Stage, upstream: str, cohere: bool) -> None:
    """Passed through to Oracle itself, else translated; the compartment is not the client's to
    choose."""
    client = oracle_client(stage.url, CLIENT_KEY)
    found = client.chat(details("echo a b", f"o-{upstream}", cohere=cohere)).data.chat_response
    message = found.message if cohere else found.choices[0].message
    assert "".join(part.text for part in message.content) == "a b"
    assert found.usage.completion_tokens == 2
    events = client.chat(
        details("echo a b", f"o-{upstream}", stream=True, cohere=cohere)
    ).data.events()
    chunks = [json.loads(event.data) for event in events]
    words = [part["text"] for one in chunks for part in one.get("message", {}).get("content", [])]
    assert "".join(words) == "a b"
    finishes = [one["finishReason"] for one in chunks if "finishReason" in one]
    assert finishes == ["COMPLETE" if cohere else "stop"]
    assert all("usage" not in one for one in chunks) or cohere
    if upstream in UPSTREAMS:
        sent = json.loads(stage.platforms["native"].requests[-1].body)
        assert sent["compartmentId"] == COMPARTMENT


def test_oracles_own_client_is_told_errors(stage: Stage) -> None:
    client = oracle_client(stage.url, CLIENT_KEY)
    with pytest.raises(ServiceError) as found:
        client.chat(details("hi", "no-such-model"))
    error = cast(Any, found.value)
    assert (error.status, error.code) == (404, "NotAuthorizedOrNotFound")
    assert "no-such-model" in error.message
    assert error.request_id
    stage.platforms["native"].script(Status(status=500, times=9))
    with pytest.raises(ServiceError) as found:
        client.chat(details("hi", "o-generic"))
    stage.platforms["native"].reset()
    assert cast(Any, found.value).code == "InternalServerError"
