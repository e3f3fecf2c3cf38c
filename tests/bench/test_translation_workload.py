"""The same conversation in every dialect, in the sizes that the targets name."""

import json

import pytest

from bench import translation_workload as work
from bench import workload
from detente.canonical.content import ToolCall, ToolResult
from detente.canonical.events import Delta
from detente.canonical.model import Dialect


def test_the_plain_conversation_is_everybody_elses() -> None:
    bodies = work.plain()
    assert bodies.requests["openai_chat"] == workload.request_body("bench-00")
    assert bodies.answers["openai_chat"] == workload.answer_body()
    assert set(bodies.requests) == set(bodies.answers) == set(work.DIALECTS)
    assert all(950 < len(body) < 1_100 for body in bodies.requests.values())


@pytest.mark.parametrize("name", work.DIALECTS)
def test_the_tool_survives_in_every_dialect(name: Dialect) -> None:
    bodies = work.with_tools()
    request = work.codec(name).decode_request(bodies.requests[name], model="m", stream=False)
    assert len(request.tools) == 1
    parts = [part for turn in request.turns for part in turn.parts]
    assert sum(isinstance(part, ToolCall) for part in parts) == 1
    assert sum(isinstance(part, ToolResult) for part in parts) == 1
    assert b"celsius" in bodies.answers[name]


@pytest.mark.parametrize("name", work.DIALECTS)
def test_the_images_are_one_megabyte(name: Dialect) -> None:
    body = work.with_images(name)
    assert 0 < len(body) - work.IMAGES_BASE64_BYTES < 2_000
    assert json.loads(body)


@pytest.mark.parametrize("name", work.DIALECTS)
def test_an_event_is_one_word_of_a_stream_that_goes_on(name: Dialect) -> None:
    stream = work.stream(name)
    decoder = work.codec(name).stream_decoder()
    decoder.feed(stream.beginning)
    for _ in range(3):
        (said,) = decoder.feed(stream.event)
        assert isinstance(said, Delta)
        assert said.text == "agreed "
