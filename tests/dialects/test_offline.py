"""A body of one dialect in another, without a gateway."""

import json

import pytest

from detente.canonical.capability import Capabilities
from detente.canonical.failure import ClientFault, ProviderFault
from detente.dialects import CODECS, EMBEDDING_CODECS
from detente.dialects.offline import TRANSLATED, Way, translated

ASKED = b'{"model":"m","messages":[{"role":"user","content":"hi"}],"temperature":1.5}'
CHUNKS = (
    b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":'
    b'[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
)


def test_every_codec_is_offered() -> None:
    assert set(TRANSLATED) == {codec.name for codec in (*CODECS, *EMBEDDING_CODECS)}


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


@pytest.mark.parametrize(
    ("way", "words"),
    [
        (Way(source="openai_chat", target="gemini_embeddings"), "name two of a kind"),
        (Way(source="gemini_embeddings", target="openai_chat"), "name two of a kind"),
        (Way(source="gemini_count_tokens", target="openai_chat"), "is passed on as it is"),
        (
            Way(source="openai_embeddings", target="cohere_embeddings", kind="stream"),
            "embeddings are never streamed",
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
