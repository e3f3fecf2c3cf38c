"""The official OCI client against simulated Generative AI of Oracle Cloud."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, cast

import openai
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from oci import signer as signers  # pyright: ignore[reportMissingTypeStubs] - it has none
from oci.auth.signers import (  # pyright: ignore[reportMissingTypeStubs] - it has none
    SecurityTokenSigner,
)
from oci.exceptions import ServiceError  # pyright: ignore[reportMissingTypeStubs] - it has none
from oci.generative_ai_inference import (  # pyright: ignore[reportMissingTypeStubs] - it has none
    GenerativeAiInferenceClient,
    models,
)
from oci.retry import NoneRetryStrategy  # pyright: ignore[reportMissingTypeStubs] - it has none

from detente.configuration.schema import SimulatedProvider
from detente.simulator import Cut, Simulator, SimulatorThread, Status, StreamError
from detente.simulator.identity import issue
from detente.simulator.identity.rsa import from_der, to_jwk

MODEL = "xai.grok-4"
COHERES = "cohere.command-a-03-2025"
ENDPOINT = "ocid1.generativeaiendpoint.oc1.us-chicago-1.aaaa"
COMPARTMENT = "ocid1.compartment.oc1..aaaa"
TENANCY = "ocid1.tenancy.oc1..aaaa"
USER = "ocid1.user.oc1..aaaa"
PARAMETERS: dict[str, Any] = {"type": "object", "properties": {"city": {"type": "string"}}}
QUESTION = 'get_weather {"city": "Paris"} get_time {"city": "Rome"} and report'


@cache
def key(number: int = 0) -> rsa.RSAPrivateKey:
    """A throwaway key; another `number` is another key."""
    del number
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(private: rsa.RSAPrivateKey) -> str:
    return private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def der(private: rsa.RSAPrivateKey) -> bytes:
    return private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def public_pem(private: rsa.RSAPrivateKey) -> str:
    return (
        private.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def fingerprint(private: rsa.RSAPrivateKey) -> str:
    digest = hashes.Hash(hashes.MD5())  # what Oracle calls a fingerprint
    digest.update(der(private))
    return digest.finalize().hex(":")


def client_of(
    simulator: SimulatorThread, private: rsa.RSAPrivateKey | None = None, **config: str
) -> Any:
    """The official client, unmodified, by a configuration as its file has it."""
    private = private or key()
    settings = {
        "user": USER,
        "tenancy": TENANCY,
        "fingerprint": fingerprint(private),
        "region": "us-chicago-1",
        "key_content": pem(private),
        **config,
    }
    return GenerativeAiInferenceClient(
        settings, service_endpoint=simulator.base_url, retry_strategy=NoneRetryStrategy()
    )


@pytest.fixture
def simulator() -> Iterator[SimulatorThread]:
    running = Simulator("oci", models=[MODEL, COHERES, ENDPOINT], api_key=public_pem(key()))
    with SimulatorThread(running) as thread:
        yield thread


@pytest.fixture
def client(simulator: SimulatorThread) -> Any:
    return client_of(simulator)


def said(text: str) -> Any:
    return models.UserMessage(content=[models.TextContent(text=text)])


def generic(*messages: Any, **members: Any) -> Any:
    return models.GenericChatRequest(messages=list(messages), **members)


def coheres(*messages: Any, **members: Any) -> Any:
    return models.CohereChatRequestV2(messages=list(messages), **members)


def cohere_said(text: str) -> Any:
    return models.CohereUserMessageV2(content=[models.CohereTextContentV2(text=text)])


def details(
    chat: Any, *, model: str = MODEL, compartment: str = COMPARTMENT, endpoint: str | None = None
) -> Any:
    mode = (
        models.OnDemandServingMode(model_id=model)
        if endpoint is None
        else models.DedicatedServingMode(endpoint_id=endpoint)
    )
    return models.ChatDetails(compartment_id=compartment, serving_mode=mode, chat_request=chat)


def asked(client: Any, chat: Any, **how: Any) -> Any:
    return client.chat(details(chat, **how)).data.chat_response


def chunks_of(client: Any, chat: Any, **how: Any) -> list[dict[str, Any]]:
    events = client.chat(details(chat, **how)).data.events()
    return [json.loads(event.data) for event in events]


def text_of(choice: Any) -> str:
    return "".join(part.text for part in choice.message.content or ())


def refused(client: Any, chat: Any, **how: Any) -> Any:
    with pytest.raises(ServiceError) as caught:
        client.chat(details(chat, **how))
    return cast(Any, caught.value)


def test_whole(client: Any) -> None:
    found = client.chat(details(generic(said("echo Hello there"))))
    assert found.data.model_id == MODEL
    chat = found.data.chat_response
    assert chat.api_format == "GENERIC"
    assert text_of(chat.choices[0]) == "Hello there"
    assert chat.choices[0].finish_reason == "stop"
    assert chat.usage.total_tokens == chat.usage.prompt_tokens + chat.usage.completion_tokens
    assert chat.usage.completion_tokens == 2
    assert chat.time_created.year == 2026
    assert found.headers["opc-request-id"].startswith(found.request.header_params["opc-request-id"])


def test_a_dedicated_endpoint(client: Any) -> None:
    assert text_of(asked(client, generic(said("echo a")), endpoint=ENDPOINT).choices[0]) == "a"
    chat = asked(client, coheres(cohere_said("echo a")), endpoint=ENDPOINT)
    assert chat.message.content[0].text == "a"


def test_streamed(client: Any) -> None:
    options = models.StreamOptions(is_include_usage=True)
    chunks = chunks_of(
        client, generic(said("echo Hello there"), is_stream=True, stream_options=options)
    )
    words = [part["text"] for one in chunks for part in one.get("message", {}).get("content", [])]
    assert "".join(words) == "Hello there"
    assert [one["finishReason"] for one in chunks if "finishReason" in one] == ["stop"]
    assert chunks[-1]["usage"]["completionTokens"] == 2
    assert all(one["pad"] for one in chunks)
    unasked = chunks_of(client, generic(said("echo a"), is_stream=True))
    assert all("usage" not in one for one in unasked)


def test_tools(client: Any) -> None:
    tools = [
        models.FunctionDefinition(name=name, parameters=PARAMETERS)
        for name in ("get_weather", "get_time")
    ]
    chat = asked(client, generic(said(QUESTION), tools=tools))
    choice = chat.choices[0]
    assert choice.finish_reason == "tool_calls"
    calls = choice.message.tool_calls
    assert [(call.name, json.loads(call.arguments)) for call in calls] == [
        ("get_weather", {"city": "Paris"}),
        ("get_time", {"city": "Rome"}),
    ]
    results = [
        models.ToolMessage(
            tool_call_id=call.id, content=[models.TextContent(text=f"of {call.name}")]
        )
        for call in calls
    ]
    answer = models.AssistantMessage(tool_calls=calls)
    chat = asked(client, generic(said(QUESTION), answer, *results, tools=tools))
    told = json.loads(text_of(chat.choices[0]).partition("\n")[2])
    assert [one["text"] for one in told] == ["of get_weather", "of get_time"]
    chunks = chunks_of(client, generic(said(QUESTION), tools=tools, is_stream=True))
    pieces = [one for chunk in chunks for one in chunk["message"].get("toolCalls", [])]
    assert [one["name"] for one in pieces if "name" in one] == ["get_weather", "get_time"]
    assert chunks[-1]["finishReason"] == "tool_calls"
    missing = refused(client, generic(said(QUESTION), answer, results[0], tools=tools))
    assert missing.status == 400
    choice = models.ToolChoiceFunction(name="get_time")
    forced = asked(client, generic(said("hi"), tools=tools, tool_choice=choice))
    assert [call.name for call in forced.choices[0].message.tool_calls] == ["get_time"]


def test_thoughts_schemas_media_and_variants(client: Any) -> None:
    chat = asked(client, generic(said("echo a"), reasoning_effort="LOW"))
    assert chat.choices[0].message.reasoning_content
    assert chat.usage.completion_tokens_details.reasoning_tokens > 0
    form = models.JsonSchemaResponseFormat(
        json_schema=models.ResponseJsonSchema(name="a", schema=PARAMETERS)
    )
    chat = asked(client, generic(said("give me one"), response_format=form))
    assert json.loads(text_of(chat.choices[0])) == {"city": "city"}
    image = models.ImageContent(image_url=models.ImageUrl(url="data:image/png;base64,iVBORw=="))
    seen = models.UserMessage(content=[models.TextContent(text="describe"), image])
    told = json.loads(text_of(asked(client, generic(seen)).choices[0]))
    assert told[0]["media_type"] == "image/png"
    assert len(asked(client, generic(said("hi"), num_generations=2)).choices) == 2
    short = asked(client, generic(said("count to 9"), max_tokens=3)).choices[0]
    assert (text_of(short), short.finish_reason) == ("1 2 3", "length")


def test_coheres_format(client: Any) -> None:
    chat = asked(client, coheres(cohere_said("echo Hello there")), model=COHERES)
    assert chat.api_format == "COHEREV2"
    assert chat.message.content[0].text == "Hello there"
    assert chat.finish_reason == "COMPLETE"
    chunks = chunks_of(client, coheres(cohere_said("echo a b"), is_stream=True), model=COHERES)
    words = [part["text"] for one in chunks for part in one.get("message", {}).get("content", [])]
    assert "".join(words) == "a b"
    assert chunks[-1]["finishReason"] == "COMPLETE"
    tool = models.CohereToolV2(
        type="FUNCTION", function=models.Function(name="get_time", parameters=PARAMETERS)
    )
    chat = asked(client, coheres(cohere_said("get_time"), tools=[tool]), model=COHERES)
    assert chat.finish_reason == "TOOL_CALL"
    call = chat.message.tool_calls[0]
    assert json.loads(call.function["arguments"]) == {"city": "city"}
    again = coheres(
        cohere_said("get_time"),
        models.CohereAssistantMessageV2(tool_calls=[call]),
        models.CohereToolMessageV2(
            tool_call_id=call.id, content=[models.CohereTextContentV2(text="noon")]
        ),
        tools=[tool],
        thinking=models.CohereThinkingV2(type="ENABLED"),
    )
    content = asked(client, again, model=COHERES).message.content
    assert [part.type for part in content] == ["THINKING", "TEXT"]
    assert "noon" in content[1].text


@pytest.mark.parametrize(
    ("chat", "how", "status", "code"),
    [
        (generic(said("hi")), {"model": "xai.grok-9"}, 404, "404"),
        (generic(said("hi")), {"compartment": "mine"}, 404, "NotAuthorizedOrNotFound"),
        (generic(said("hi")), {"endpoint": f"{ENDPOINT}b"}, 404, "404"),
        (generic(said("hi")), {"model": COHERES}, 400, "400"),
        (coheres(cohere_said("hi")), {"model": MODEL}, 400, "400"),
        (generic(), {}, 400, "InvalidParameter"),
        (generic(models.UserMessage(content=[])), {}, 400, "InvalidParameter"),
        (generic(said("hi"), temperature=9), {}, 400, "CannotParseRequest"),
        (generic(said("hi"), max_tokens=0), {}, 400, "CannotParseRequest"),
        (coheres(cohere_said("hi"), top_p=3), {"model": COHERES}, 400, "CannotParseRequest"),
        (models.CohereChatRequest(message="hi"), {"model": COHERES}, 400, "400"),
    ],
)
def test_requests_that_are_refused(
    client: Any, chat: Any, how: dict[str, str], status: int, code: str
) -> None:
    error = refused(client, chat, **how)
    assert (error.status, error.code) == (status, code)
    assert error.request_id


def test_a_shaped_answer_in_coheres_format(client: Any) -> None:
    form = models.CohereResponseJsonFormat(schema=PARAMETERS)
    chat = asked(client, coheres(cohere_said("hello"), response_format=form), model=COHERES)
    assert json.loads(chat.message.content[0].text) == {"city": "city"}


def test_signatures_that_do_not_hold(simulator: SimulatorThread) -> None:
    hello = generic(said("hi"))
    stranger = client_of(simulator, key(1))
    assert refused(stranger, hello).status == 401
    forged = client_of(simulator, key(1), fingerprint=fingerprint(key()))
    assert refused(forged, hello).code == "NotAuthenticated"
    assert asked(client_of(simulator), hello).choices


class Late(signers.Signer):  # pyright: ignore[reportUntypedBaseClass] - its types are unknown
    """The official signer on a machine whose clock is wrong."""

    def __init__(self, offset: timedelta, private: rsa.RSAPrivateKey) -> None:
        super().__init__(  # pyright: ignore[reportUnknownMemberType] - as above
            TENANCY, USER, fingerprint(private), None, private_key_content=pem(private)
        )
        self.offset = offset

    def do_request_sign(self, request: Any, enforce_content_headers: bool = True) -> Any:
        moment = datetime.now(UTC) + self.offset
        request.headers["date"] = moment.strftime("%a, %d %b %Y %H:%M:%S GMT")
        return super().do_request_sign(request, enforce_content_headers)  # pyright: ignore[reportUnknownMemberType,reportUnknownVariableType] - as above


def signing_client(simulator: SimulatorThread, signer: Any) -> Any:
    config = {
        "user": USER,
        "tenancy": TENANCY,
        "fingerprint": fingerprint(key()),
        "region": "us-chicago-1",
        "key_content": pem(key()),
    }
    return GenerativeAiInferenceClient(
        config,
        signer=signer,
        service_endpoint=simulator.base_url,
        retry_strategy=NoneRetryStrategy(),
    )


def test_a_clock_that_is_off(simulator: SimulatorThread) -> None:
    near = signing_client(simulator, Late(timedelta(minutes=4), key()))
    assert asked(near, generic(said("hi"))).choices
    for hours in (-1, 1):
        error = refused(
            signing_client(simulator, Late(timedelta(hours=hours), key())), generic(said("hi"))
        )
        assert error.status == 401
        assert "clock skew" in error.message


def test_an_instances_session_token() -> None:
    now = datetime.now(UTC)
    jwk = to_jwk(public) if (public := from_der(der(key()))) is not None else ""

    def token(lasts: timedelta, audience: str = "oci") -> str:
        return issue(
            subject="instance",
            audience=audience,
            issued_at=now - timedelta(hours=2),
            expires_at=now + lasts,
            jwk=jwk,
        )

    running = Simulator("oci", models=[MODEL], api_key=None, issued_tokens=True)
    with SimulatorThread(running) as simulator:
        held = signing_client(simulator, SecurityTokenSigner(token(timedelta(hours=1)), key()))
        assert asked(held, generic(said("hi"))).choices
        for bad in (
            SecurityTokenSigner(token(-timedelta(hours=1)), key()),
            SecurityTokenSigner(token(timedelta(hours=1), "elsewhere"), key()),
            SecurityTokenSigner(token(timedelta(hours=1)), key(1)),
        ):
            assert refused(signing_client(simulator, bad), generic(said("hi"))).status == 401
        assert refused(client_of(simulator), generic(said("hi"))).status == 401


def test_what_goes_wrong(simulator: SimulatorThread, client: Any) -> None:
    for status in (429, 500, 503):
        simulator.script(Status(status=status))
        assert refused(client, generic(said("hi"))).status == status
    simulator.script(StreamError(after_tokens=2))
    chunks = chunks_of(client, generic(said("count to 9"), is_stream=True))
    assert chunks[-1]["code"] == "InternalServerError"
    simulator.script(Cut(after_tokens=2))
    with pytest.raises(Exception, match=r"prematurely"):
        chunks_of(client, generic(said("count to 9"), is_stream=True))


def test_capacity() -> None:
    full = Simulator(
        "oci",
        models=[MODEL],
        api_key=public_pem(key()),
        behaviour=SimulatedProvider(capacity_per_minute=1),
    )
    with SimulatorThread(full) as simulator:
        client = client_of(simulator)
        assert asked(client, generic(said("hi"))).choices
        error = refused(client, generic(said("hi")))
        assert (error.status, error.code) == (429, "TooManyRequests")


def test_openais_client_with_a_key_of_the_service() -> None:
    running = Simulator("oci", models=[MODEL], api_key="sk-1")
    with SimulatorThread(running) as simulator:
        address = f"{simulator.base_url}/openai/v1"
        client = openai.OpenAI(api_key="sk-1", base_url=address, max_retries=0)
        chat = client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "echo a b"}]
        )
        assert chat.choices[0].message.content == "a b"
        assert client.responses.create(model=MODEL, input="echo a b").output_text == "a b"
        stranger = openai.OpenAI(api_key="sk-2", base_url=address, max_retries=0)
        with pytest.raises(openai.AuthenticationError):
            stranger.responses.create(model=MODEL, input="hi")
        with pytest.raises(openai.NotFoundError):
            client.chat.completions.create(
                model="xai.grok-9", messages=[{"role": "user", "content": "hi"}]
            )
        # The key is for OpenAI's dialects only.
        assert refused(client_of(simulator), generic(said("hi"))).status == 401
