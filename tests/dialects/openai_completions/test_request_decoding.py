"""Requests for completions as canonical values."""

import pytest

from detente.canonical.content import Native, Text
from detente.canonical.failure import ClientFault
from detente.dialects.openai_completions import CODEC


def test_a_request() -> None:
    request = CODEC.decode_request(
        b'{"model":"m","prompt":"hi","stream":true,"stream_options":{"include_usage":true},'
        b'"max_tokens":5,"n":2,"logprobs":3,"stop":["a"],"suffix":"z","echo":true}'
    )
    assert request.turns[0].parts == (Text(text="hi"),)
    assert (request.stream, request.asks_usage, request.choices) == (True, True, 2)
    assert (request.max_output_tokens, request.logprobs, request.top_logprobs) == (5, True, 3)
    assert [(one.name, one.severity) for one in request.options] == [
        ("suffix", "refuse"),
        ("echo", "refuse"),
    ]


@pytest.mark.parametrize("prompt", [b"[1]", b'["a","b"]', b"[[1],[2]]", b"[]"])
def test_prompts_that_are_no_conversation(prompt: bytes) -> None:
    request = CODEC.decode_request(b'{"model":"m","prompt":%b}' % prompt)
    assert isinstance(request.turns[0].parts[0], Native)


def test_the_path_wins() -> None:
    request = CODEC.decode_request(b'{"model":"m","prompt":null}', model="path", stream=True)
    assert (request.model, request.stream, request.turns) == ("path", True, ())


@pytest.mark.parametrize(
    "members",
    [b'"prompt":3', b'"prompt":"a","stream":1', b'"prompt":"a","stop":3', b'"stream_options":3'],
)
def test_what_is_no_request(members: bytes) -> None:
    with pytest.raises(ClientFault):
        CODEC.decode_request(b'{"model":"m",%b}' % members)
