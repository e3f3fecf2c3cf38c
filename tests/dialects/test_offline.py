"""A body of one dialect in another, without a gateway."""

import json

import pytest

from detente.canonical.capability import Capabilities
from detente.canonical.failure import ClientFault, ProviderFault
from detente.dialects import CODECS, COUNTING_CODECS, EMBEDDING_CODECS
from detente.dialects.offline import Way, translated

ASKED = b'{"model":"m","messages":[{"role":"user","content":"hi"}],"temperature":1.5}'
CHUNKS = (
    b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":'
    b'[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
)


def test_every_dialect_leads_to_its_own_kind() -> None:
    for kind in (CODECS, EMBEDDING_CODECS, COUNTING_CODECS):
        for source in kind:
            for target in kind:
                way = Way(source=source.name, target=target.name)
                with pytest.raises(ClientFault, match="the body is not JSON"):
                    translated(b"oh", way)


def test_a_request_takes_the_models_name_and_capabilities() -> None:
    way = Way(
        source="openai_chat",
        target="gemini_generate",
        model="gemini-x",
        capabilities=Capabilities(temperature=(0.0, 1.0)),
    )
    done = translated(ASKED, way)
    assert json.loads(done.body)["generationConfig"]["temperature"] == 1.0
    assert [loss.what for loss in done.losses] == ["input_range"]


def test_a_large_image_comes_through_whole() -> None:
    data = "QUJD" * 8_000
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
    body = {"model": "m", "messages": [{"role": "user", "content": [image]}]}
    done = translated(
        json.dumps(body).encode(), Way(source="openai_chat", target="anthropic_messages")
    )
    assert data.encode() in done.body


def test_a_whole_answer() -> None:
    answer = b'{"id":"c","created":1,"model":"m","choices":[{"index":0,"finish_reason":"stop",'
    answer += b'"message":{"role":"assistant","content":"Hi"}}]}'
    done = translated(answer, Way(source="openai_chat", target="anthropic_messages", kind="answer"))
    assert json.loads(done.body)["content"] == [{"type": "text", "text": "Hi"}]
    assert done.whole


@pytest.mark.parametrize(
    ("stream", "whole"),
    [
        (CHUNKS, True),
        (CHUNKS.partition(b"data: [DONE]")[0].replace(b'"stop"', b"null"), False),
        (CHUNKS.replace(b"[DONE]", b'{"error":{"message":"oh"}}'), True),
    ],
)
def test_a_stream_is_whole_where_it_ends_or_says_why_not(stream: bytes, whole: bool) -> None:
    way = Way(source="openai_chat", target="anthropic_messages", kind="stream")
    done = translated(stream, way)
    assert done.whole is whole
    assert done.body.startswith(b"event: message_start")


def test_embeddings_both_ways() -> None:
    asked = b'{"model":"m","input":"hi"}'
    way = Way(source="openai_embeddings", target="ollama_embeddings", model="n")
    assert json.loads(translated(asked, way).body) == {"model": "n", "input": ["hi"]}
    answer = b'{"object":"list","model":"m","data":[{"index":0,"embedding":[0.5]}]}'
    back = Way(source="openai_embeddings", target="ollama_embeddings", kind="answer")
    assert json.loads(translated(answer, back).body)["embeddings"] == [[0.5]]


def test_counts_of_tokens_both_ways() -> None:
    way = Way(source="openai_input_tokens", target="anthropic_count_tokens", model="n")
    asked = translated(b'{"model":"m","input":"hi"}', way)
    assert json.loads(asked.body)["messages"] == [{"role": "user", "content": "hi"}]
    back = Way(source="openai_input_tokens", target="anthropic_count_tokens", kind="answer")
    told = translated(b'{"object":"response.input_tokens","input_tokens":8}', back)
    assert json.loads(told.body) == {"input_tokens": 8}


def deep(depth: int) -> bytes:
    """An answer with a call whose arguments are that deep."""
    arguments = '{"a":' * depth + "1" + "}" * depth
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": arguments}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    choices = [{"index": 0, "finish_reason": "tool_calls", "message": message}]
    return json.dumps({"id": "c", "created": 1, "model": "m", "choices": choices}).encode()


def test_however_deep_an_answer_is_it_is_translated_or_refused() -> None:
    way = Way(source="openai_chat", target="anthropic_messages", kind="answer")
    for depth in range(850, 1050, 2):
        try:
            assert translated(deep(depth), way).body
        except ProviderFault:
            continue


@pytest.mark.parametrize(
    ("way", "words"),
    [
        (Way(source="openai_chat", target="gemini_embeddings"), "name two of a kind"),
        (Way(source="gemini_embeddings", target="openai_chat"), "name two of a kind"),
        (Way(source="gemini_count_tokens", target="openai_chat"), "name two of a kind"),
        (
            Way(source="openai_embeddings", target="cohere_embeddings", kind="stream"),
            "embeddings and counts never stream",
        ),
    ],
)
def test_dialects_that_do_not_meet_are_refused(way: Way, words: str) -> None:
    with pytest.raises(ClientFault, match=words):
        translated(b"{}", way)


def test_what_cannot_be_read_is_whose_it_was() -> None:
    with pytest.raises(ClientFault):
        translated(b"oh", Way(source="openai_chat", target="openai_responses"))
    with pytest.raises(ProviderFault):
        translated(b"oh", Way(source="openai_chat", target="openai_responses", kind="answer"))
