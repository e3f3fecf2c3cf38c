"""The official OpenAI client against a simulated Responses endpoint, event by event."""

import json
from collections.abc import Iterator

import openai
import pytest

from detente.simulator import SimulatorThread
from tests.sim.conftest import KEY


@pytest.fixture
def client(openai_simulator: SimulatorThread) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=openai_simulator.base_url, api_key=KEY, max_retries=0) as client:
        yield client


def test_a_response(client: openai.OpenAI) -> None:
    response = client.responses.create(model="gpt-4", input="echo hello there")
    assert response.output_text == "hello there"
    assert response.status == "completed"
    assert response.usage is not None
    assert response.usage.output_tokens == 2


def test_a_response_that_is_cut_short_says_so(client: openai.OpenAI) -> None:
    response = client.responses.create(model="gpt-4", input="count to 99", max_output_tokens=3)
    assert response.status == "incomplete"
    assert response.incomplete_details is not None
    assert response.incomplete_details.reason == "max_output_tokens"


def test_the_response_stream_helper_accepts_every_event(client: openai.OpenAI) -> None:
    with client.responses.stream(model="gpt-4", input="echo hello there") as stream:
        events = list(stream)
        final = stream.get_final_response()
    assert final.output_text == "hello there"
    numbers = [event.sequence_number for event in events]
    assert numbers == sorted(numbers)
    assert [e.delta for e in events if e.type == "response.output_text.delta"] == [
        "hello",
        " there",
    ]


def test_response_events_are_numbered_without_a_gap(client: openai.OpenAI) -> None:
    with client.responses.create(model="gpt-4", input="echo a b", stream=True) as stream:
        events = list(stream)
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert [event.type for event in events] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]


def test_a_response_calls_tools_and_goes_on_from_their_results(client: openai.OpenAI) -> None:
    with client.responses.stream(
        model="gpt-4",
        input='get_weather {"city": "Paris"}',
        tools=[
            {
                "type": "function",
                "name": "get_weather",
                "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
                "strict": True,
            }
        ],
    ) as stream:
        call = stream.get_final_response().output[0]
    assert call.type == "function_call"
    assert json.loads(call.arguments) == {"city": "Paris"}
    after = client.responses.create(
        model="gpt-4",
        input=[
            {"role": "user", "content": "get_weather"},
            {
                "type": "function_call",
                "call_id": call.call_id,
                "name": call.name,
                "arguments": call.arguments,
            },
            {"type": "function_call_output", "call_id": call.call_id, "output": "rain"},
        ],
    )
    assert after.output_text == "The tool says: rain"
