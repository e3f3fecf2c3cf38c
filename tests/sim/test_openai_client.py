"""The official OpenAI client against a simulated OpenAI."""

import asyncio
import json
from collections.abc import Iterator

import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam
from pydantic import BaseModel

from detente.configuration.schema import SimulatedProvider
from detente.simulator import Simulator, SimulatorThread
from tests.sim.conftest import KEY

WEATHER: ChatCompletionToolParam = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


def client_of(simulator: SimulatorThread, key: str = KEY) -> openai.OpenAI:
    return openai.OpenAI(base_url=simulator.base_url, api_key=key, max_retries=0)


@pytest.fixture
def client(openai_simulator: SimulatorThread) -> Iterator[openai.OpenAI]:
    with client_of(openai_simulator) as client:
        yield client


def test_chat_answers_and_counts(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(
        model="gpt-4", messages=[{"role": "user", "content": "echo one two three"}]
    )
    assert answer.choices[0].message.content == "one two three"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (3 + 4, 3)


def test_an_ordinary_answer_is_as_long_as_configured(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(
        model="gpt-4", messages=[{"role": "user", "content": "What is the capital of France?"}]
    )
    assert answer.usage is not None
    assert answer.usage.completion_tokens == SimulatedProvider().tokens


def test_the_same_question_has_the_same_answer(client: openai.OpenAI) -> None:
    answers = [
        client.chat.completions.create(
            model="gpt-4", messages=[{"role": "user", "content": "hello"}]
        )
        for _ in range(2)
    ]
    assert answers[0] == answers[1]


def test_n_choices_and_a_limit(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(
        model="gpt-4",
        messages=[{"role": "user", "content": "count to 9"}],
        n=2,
        max_completion_tokens=4,
    )
    assert [choice.finish_reason for choice in answer.choices] == ["length", "length"]
    assert answer.choices[0].message.content == "1 2 3 4"
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 8


def test_a_stream_has_one_chunk_a_token_and_no_usage_unasked(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(
        model="gpt-4", messages=[{"role": "user", "content": "count to 5"}], stream=True
    )
    chunks = list(stream)
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [c.choices[0].delta.content for c in chunks[1:-1]] == ["1", " 2", " 3", " 4", " 5"]
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert all(chunk.usage is None for chunk in chunks)


@pytest.mark.parametrize("wanted", [True, False])
def test_usage_comes_once_and_only_where_asked(client: openai.OpenAI, wanted: bool) -> None:
    stream = client.chat.completions.create(
        model="gpt-4",
        messages=[{"role": "user", "content": "count to 5"}],
        stream=True,
        stream_options={"include_usage": wanted},
    )
    chunks = list(stream)
    reported = [chunk for chunk in chunks if chunk.usage is not None]
    assert len(reported) == wanted
    if wanted:
        assert chunks[-1].choices == []
        assert chunks[-1].usage is not None
        assert chunks[-1].usage.completion_tokens == 5
    assert all("usage" in chunk.model_fields_set for chunk in chunks) == wanted


def test_tools_are_called_in_parallel_and_their_results_used(client: openai.OpenAI) -> None:
    prompt = 'get_weather {"city": "Paris"} and get_weather {"city": "Rome"}'
    answer = client.chat.completions.create(
        model="gpt-4", messages=[{"role": "user", "content": prompt}], tools=[WEATHER]
    )
    calls = answer.choices[0].message.tool_calls
    assert answer.choices[0].finish_reason == "tool_calls"
    assert calls is not None
    functions = [call.function for call in calls if call.type == "function"]
    assert [json.loads(f.arguments) for f in functions] == [{"city": "Paris"}, {"city": "Rome"}]
    assert len({call.id for call in calls}) == 2
    after = client.chat.completions.create(
        model="gpt-4",
        messages=[
            {"role": "user", "content": prompt},
            {
                "role": "assistant",
                "tool_calls": [
                    {
                        "id": call.id,
                        "type": "function",
                        "function": {"name": f.name, "arguments": "{}"},
                    }
                    for call, f in zip(calls, functions, strict=True)
                ],
            },
            {"role": "tool", "tool_call_id": calls[0].id, "content": "sunny"},
            {"role": "tool", "tool_call_id": calls[1].id, "content": "rainy"},
        ],
        tools=[WEATHER],
    )
    assert after.choices[0].message.content == "The tool says: sunny rainy"


def test_a_forced_tool_is_called_and_a_forbidden_one_is_not(client: openai.OpenAI) -> None:
    forced = client.chat.completions.create(
        model="gpt-4",
        messages=[{"role": "user", "content": "hi"}],
        tools=[WEATHER],
        tool_choice={"type": "function", "function": {"name": "get_weather"}},
    )
    assert forced.choices[0].message.tool_calls is not None
    forbidden = client.chat.completions.create(
        model="gpt-4",
        messages=[{"role": "user", "content": "get_weather"}],
        tools=[WEATHER],
        tool_choice="none",
    )
    assert forbidden.choices[0].message.tool_calls is None


def test_the_stream_helper_accepts_tool_calls(client: openai.OpenAI) -> None:
    with client.chat.completions.stream(
        model="gpt-4",
        messages=[{"role": "user", "content": 'get_weather {"city": "Paris"}'}],
        tools=[WEATHER],
    ) as stream:
        final = stream.get_final_completion()
    calls = final.choices[0].message.tool_calls
    assert calls is not None
    assert json.loads(calls[0].function.arguments) == {"city": "Paris"}


class Place(BaseModel):
    city: str
    inhabitants: int


def test_structured_output_fits_its_schema(client: openai.OpenAI) -> None:
    answer = client.chat.completions.parse(
        model="gpt-4", messages=[{"role": "user", "content": "where?"}], response_format=Place
    )
    assert answer.choices[0].message.parsed == Place(city="city", inhabitants=1)
    response = client.responses.parse(model="gpt-4", input="where?", text_format=Place)
    assert response.output_parsed == Place(city="city", inhabitants=1)


def test_embeddings_are_the_same_in_both_encodings(client: openai.OpenAI) -> None:
    model = "text-embedding-3-small"
    encoded = client.embeddings.create(model=model, input=["a", "b"])
    plain = client.embeddings.create(model=model, input=["a", "b"], encoding_format="float")
    assert [row.embedding for row in encoded.data] == [row.embedding for row in plain.data]
    assert encoded.data[0].embedding != encoded.data[1].embedding
    assert encoded.usage.prompt_tokens == 2
    short = client.embeddings.create(model=model, input=[[1, 2, 3]], dimensions=5)
    assert (len(short.data), len(short.data[0].embedding), short.usage.prompt_tokens) == (1, 5, 3)


def test_models_are_listed_and_found(client: openai.OpenAI) -> None:
    assert next(iter(client.models.list())).id == "gpt-4"
    assert client.models.retrieve("gpt-4").id == "gpt-4"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-9")


def test_the_asynchronous_client(openai_simulator: SimulatorThread) -> None:
    async def ask() -> list[str | None]:
        async with openai.AsyncOpenAI(
            base_url=openai_simulator.base_url, api_key=KEY, max_retries=0
        ) as client:
            stream = await client.chat.completions.create(
                model="gpt-4", messages=[{"role": "user", "content": "echo a b"}], stream=True
            )
            return [chunk.choices[0].delta.content async for chunk in stream]

    assert asyncio.run(ask()) == ["", "a", " b", None]


def test_a_wrong_key_is_refused(openai_simulator: SimulatorThread) -> None:
    with (
        client_of(openai_simulator, "sk-wrong") as client,
        pytest.raises(openai.AuthenticationError) as found,
    ):
        client.models.list()
    assert found.value.code == "invalid_api_key"
    assert found.value.request_id is not None
    assert "sk-wrong" not in str(found.value)


def test_an_unknown_model_is_refused(client: openai.OpenAI) -> None:
    messages: list[ChatCompletionMessageParam] = [{"role": "user", "content": "hi"}]
    with pytest.raises(openai.NotFoundError) as found:
        client.chat.completions.create(model="gpt-9", messages=messages)
    assert found.value.code == "model_not_found"
    with pytest.raises(openai.NotFoundError):
        client.embeddings.create(model="gpt-9", input="hi")
    with pytest.raises(openai.BadRequestError) as bad:
        client.responses.create(model="gpt-9", input="hi")
    assert (bad.value.code, bad.value.param) == ("model_not_found", "model")


def test_what_is_missing_is_named(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as found:
        client.chat.completions.create(model="gpt-4", messages=[])
    assert found.value.param == "messages"
    with pytest.raises(openai.BadRequestError) as options:
        client.chat.completions.create(
            model="gpt-4",
            messages=[{"role": "user", "content": "hi"}],
            stream_options={"include_usage": True},
        )
    assert options.value.param == "stream_options"
    with pytest.raises(openai.NotFoundError):
        client.images.generate(prompt="hi")


def test_above_capacity_the_client_is_told_when_to_come_again() -> None:
    behaviour = SimulatedProvider(capacity_per_minute=2)
    simulator = Simulator("openai", models=["gpt-4"], behaviour=behaviour)
    with SimulatorThread(simulator) as running, client_of(running) as client:
        raw = client.chat.completions.with_raw_response
        left: list[str | None] = []
        for _ in range(2):
            answer = raw.create(model="gpt-4", messages=[{"role": "user", "content": "hi"}])
            left.append(answer.headers.get("x-ratelimit-remaining-requests"))
        with pytest.raises(openai.RateLimitError) as found:
            raw.create(model="gpt-4", messages=[{"role": "user", "content": "hi"}])
    assert left == ["1", "0"]
    assert found.value.code == "rate_limit_exceeded"
    headers = found.value.response.headers
    assert 0 < int(headers["retry-after"]) <= 60
    assert headers["x-ratelimit-remaining-requests"] == "0"


def test_counting_agrees_with_the_response(client: openai.OpenAI) -> None:
    answer = client.responses.create(model="gpt-4", input="echo hi", instructions="Be brief.")
    counted = client.responses.input_tokens.count(
        model="gpt-4", input="echo hi", instructions="Be brief."
    )
    assert answer.usage is not None
    assert counted.input_tokens == answer.usage.input_tokens
    assert counted.object == "response.input_tokens"


def test_counting_refuses_what_is_about_the_answer(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="Unknown parameter: 'temperature'"):
        client.responses.input_tokens.count(
            model="gpt-4", input="hi", extra_body={"temperature": 1}
        )
    with pytest.raises(openai.BadRequestError, match="does not exist"):
        client.responses.input_tokens.count(model="gpt-9", input="hi")
