"""The laws of every codec of embeddings: no bytes break it, and what it cannot carry it names."""

import base64
import json
import struct
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.content import Inline, Linked, Media, Text
from detente.canonical.embedding import (
    EmbeddingInput,
    EmbeddingRequest,
    EmbeddingResponse,
    Quantized,
    Vector,
)
from detente.canonical.extras import Extras, Obj
from detente.canonical.failure import ClientFault, ProviderFault
from detente.canonical.request import Option
from detente.canonical.usage import Usage
from detente.dialects import (
    bedrock_embeddings,
    cohere_embeddings,
    gemini_embeddings,
    ollama_embeddings,
    openai_embeddings,
)
from detente.dialects.codec import Target
from detente.dialects.embedding_codec import EmbeddingCodec, EmbeddingReply
from tests.conftest import read_recorded
from tests.dialects.embedding_trips import text_of

CODECS: tuple[EmbeddingCodec, ...] = (
    openai_embeddings.CODEC,
    gemini_embeddings.CODEC,
    cohere_embeddings.CODEC,
    bedrock_embeddings.CODEC,
    ollama_embeddings.CODEC,
)
TARGETS = (
    Target(model="m"),
    Target(model="m", api_version="embedContent"),
    Target(model="m", api_version="predict"),
    Target(model="m", api_version="embeddings"),
    Target(model="amazon.nova-2-multimodal-embeddings-v1:0"),
    Target(model="amazon.titan-embed-image-v1"),
    Target(model="cohere.embed-v4:0"),
)
NAMES = [
    "model",
    "input",
    "prompt",
    "dimensions",
    "encoding_format",
    "user",
    "requests",
    "instances",
    "content",
    "parts",
    "text",
    "inlineData",
    "mimeType",
    "data",
    "fileData",
    "fileUri",
    "taskType",
    "task_type",
    "title",
    "outputDimensionality",
    "embedContentConfig",
    "autoTruncate",
    "parameters",
    "texts",
    "images",
    "inputs",
    "type",
    "image_url",
    "url",
    "input_type",
    "max_tokens",
    "output_dimension",
    "embedding_types",
    "truncate",
    "priority",
    "inputText",
    "inputImage",
    "normalize",
    "embeddingTypes",
    "embeddingConfig",
    "outputEmbeddingLength",
    "singleEmbeddingParams",
    "embeddingPurpose",
    "embeddingDimension",
    "value",
    "truncationMode",
    "image",
    "source",
    "bytes",
    "format",
    "options",
    "keep_alive",
    "index",
    "object",
    "embedding",
    "embeddings",
    "float",
    "base64",
    "int8",
    "values",
    "statistics",
    "predictions",
    "usage",
    "meta",
    "billed_units",
    "input_tokens",
    "usageMetadata",
    "promptTokenCount",
    "inputTextTokenCount",
    "embeddingsByType",
    "prompt_eval_count",
    "prompt_tokens",
    "total_tokens",
    "error",
    "message",
    "id",
]
WORDS = [
    "m",
    "float",
    "base64",
    "hi",
    "CLUSTERING",
    "search_query",
    "text",
    "image_url",
    "data:image/png;base64,aGk=",
    "END",
    "NONE",
    "SINGLE_EMBEDDING",
    "AACAPw==",
    "GENERIC_INDEX",
    "image",
]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-300, 300)
    | st.integers()
    | st.floats()
    | st.sampled_from(WORDS)
    | st.text(max_size=8)
)
JSON: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=4), inner, max_size=6)
    ),
    max_leaves=20,
)
BODIES = st.dictionaries(st.sampled_from(NAMES), JSON, max_size=6)
REPLIES = (
    EmbeddingReply(),
    EmbeddingReply(
        request=EmbeddingRequest(
            model="m", inputs=(EmbeddingInput(parts=(Text(text="hi"),)),), encoding="base64"
        )
    ),
)


def survives(codec: EmbeddingCodec, body: bytes) -> None:
    """`body` gives a value that every codec can encode, or the fault that is due."""
    codec.read_error(body)
    try:
        request = codec.decode_request(body, model="m")
    except ClientFault:
        pass
    else:
        for other in CODECS:
            for target in TARGETS:
                json.loads(other.encode_request(request, target).body)
    try:
        response = codec.decode_response(body)
    except ProviderFault:
        return
    for other in CODECS:
        for reply in REPLIES:
            json.loads(other.encode_response(response, reply).body)


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.name)
@given(body=st.binary(max_size=60))
def test_any_bytes(codec: EmbeddingCodec, body: bytes) -> None:
    survives(codec, body)


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.name)
@given(body=BODIES)
def test_any_json(codec: EmbeddingCodec, body: dict[str, Any]) -> None:
    survives(codec, json.dumps(body).encode())


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.name)
@given(name=st.sampled_from(NAMES), value=JSON, deep=st.booleans())
def test_mutations(codec: EmbeddingCodec, name: str, value: Any, deep: bool) -> None:
    for seed in SEEDS[codec.name]:
        wire = json.loads(seed)
        (innermost(wire) if deep else wire)[name] = value
        survives(codec, json.dumps(wire).encode())


def innermost(wire: Obj) -> Obj:
    """The deepest of the first objects within `wire`."""
    for value in wire.values():
        first = value[0] if isinstance(value, list) and value else value
        if isinstance(first, dict):
            return innermost(first)
    return wire


SEEDS: dict[str, tuple[str, ...]] = {
    "openai_embeddings": (
        '{"model": "m", "input": ["a", [1, 2]], "encoding_format": "float"}',
        '{"data": [{"embedding": [0.5], "index": 0}], "usage": {"prompt_tokens": 1}}',
    ),
    "gemini_embeddings": (
        '{"requests": [{"content": {"parts": [{"text": "a"}]}, "taskType": "CLUSTERING"}]}',
        '{"instances": [{"content": "a"}], "parameters": {"autoTruncate": true}}',
        '{"content": {"parts": [{"inlineData": {"mimeType": "image/png", "data": "aGk="}}]}}',
        '{"embeddings": [{"values": [1]}], "usageMetadata": {"promptTokenCount": 1}}',
        '{"predictions": [{"embeddings": {"values": [1], "statistics": {"token_count": 1}}}]}',
    ),
    "cohere_embeddings": (
        '{"model": "m", "texts": ["a"], "input_type": "search_query"}',
        '{"inputs": [{"content": [{"type": "text", "text": "a"}]}], "model": "m"}',
        '{"embeddings": {"float": [[1]], "int8": [[1]]}, "id": "1", "meta": {"billed_units": {}}}',
    ),
    "bedrock_embeddings": (
        '{"inputText": "a", "normalize": false}',
        '{"taskType": "SINGLE_EMBEDDING", "singleEmbeddingParams": {"text": {"value": "a"}}}',
        '{"texts": ["a"], "input_type": "search_query"}',
        '{"embedding": [1], "inputTextTokenCount": 1, "embeddingsByType": {"float": [1]}}',
        '{"embeddings": [{"embedding": [1], "embeddingType": "TEXT"}]}',
    ),
    "ollama_embeddings": (
        '{"model": "m", "input": "a"}',
        '{"model": "m", "prompt": "a"}',
        '{"embeddings": [[1]], "model": "m", "prompt_eval_count": 1}',
    ),
}


def test_nesting_is_a_fault() -> None:
    for codec in CODECS:
        survives(codec, b'{"input":' + b"[" * 100_000)


FULL = EmbeddingRequest(
    model="asked",
    inputs=(
        EmbeddingInput(parts=(Text(text="one"),)),
        EmbeddingInput(tokens=(1, 2)),
        EmbeddingInput(
            parts=(
                Text(text="two"),
                Media(kind="image", source=Inline(media_type="image/png", data="aGk=")),
            ),
            title="a title",
        ),
        EmbeddingInput(
            parts=(Media(kind="image", source=Linked(url="https://example.com/a.png")),),
            task="query",
        ),
    ),
    dimensions=256,
    encoding="base64",
    quantizations=("int8",),
    task="document",
    title="all",
    truncate="start",
    input_tokens_max=100,
    user="someone",
    options=(Option(dialect="openai_chat", name="strange", value=1, severity="refuse"),),
    extras=Extras(dialect="openai_chat", members={"newer": 1}),
)


def told(codec: EmbeddingCodec, target: Target) -> tuple[Any, list[str]]:
    """What a codec writes of `FULL`, and the losses it names."""
    encoded = codec.encode_request(FULL, target)
    return json.loads(encoded.body), [f"{loss} {loss.severity}" for loss in encoded.losses]


def test_everything_to_openai() -> None:
    assert told(openai_embeddings.CODEC, Target(model="text-embedding-3-small")) == (
        {
            "model": "text-embedding-3-small",
            "input": ["one", [1, 2], "two", ""],
            "dimensions": 256,
            "user": "someone",
        },
        [
            "embedding_quantization@quantizations refuse",
            "embedding_task@task drop",
            "embedding_title@title drop",
            "embedding_truncation@truncate drop",
            "embedding_truncation@input_tokens_max drop",
            "embedding_title@inputs[2].title drop",
            "embedding_task@inputs[3].task drop",
            "native_option@strange refuse",
            "unknown_member@newer drop",
            "image@inputs[2].parts[1] refuse",
            "image@inputs[3].parts[0] refuse",
        ],
    )


def test_everything_to_gemini() -> None:
    body, losses = told(gemini_embeddings.CODEC, Target(model="gemini-embedding-2"))
    asked = {"taskType": "RETRIEVAL_DOCUMENT", "title": "all", "outputDimensionality": 256}
    model = {"model": "models/gemini-embedding-2"}
    image = {"inlineData": {"mimeType": "image/png", "data": "aGk="}}
    linked = {"fileData": {"fileUri": "https://example.com/a.png"}}
    assert body == {
        "requests": [
            {**model, **asked, "content": {"parts": [{"text": "one"}]}},
            {**model, **asked, "content": {"parts": []}},
            {
                **model,
                **asked,
                "title": "a title",
                "content": {"parts": [{"text": "two"}, image]},
            },
            {**model, **asked, "taskType": "RETRIEVAL_QUERY", "content": {"parts": [linked]}},
        ]
    }
    assert losses == [
        "embedding_quantization@quantizations refuse",
        "embedding_truncation@input_tokens_max drop",
        "user drop",
        "native_option@strange refuse",
        "unknown_member@newer drop",
        "embedding_truncation@truncate drop",
        "embedding_tokens@inputs[1] refuse",
    ]


def test_everything_to_gemini_predict() -> None:
    target = Target(model="text-embedding-005", api_version="predict")
    body, losses = told(gemini_embeddings.CODEC, target)
    assert body == {
        "instances": [
            {"content": "one", "task_type": "RETRIEVAL_DOCUMENT", "title": "all"},
            {"content": "", "task_type": "RETRIEVAL_DOCUMENT", "title": "all"},
            {"content": "two", "task_type": "RETRIEVAL_DOCUMENT", "title": "a title"},
            {"content": "", "task_type": "RETRIEVAL_QUERY", "title": "all"},
        ],
        "parameters": {"outputDimensionality": 256},
    }
    assert losses[-4:] == [
        "embedding_tokens@inputs[1] refuse",
        "image@inputs[2].parts[1] refuse",
        "image@inputs[3].parts[0] refuse",
        "embedding_truncation@truncate drop",
    ]


def test_everything_to_cohere() -> None:
    assert told(cohere_embeddings.CODEC, Target(model="embed-v4.0")) == (
        {
            "model": "embed-v4.0",
            "inputs": [
                {"content": [{"type": "text", "text": "one"}]},
                {"content": []},
                {
                    "content": [
                        {"type": "text", "text": "two"},
                        {
                            "type": "image_url",
                            "image_url": {"url": "data:image/png;base64,aGk="},
                        },
                    ]
                },
                {"content": []},
            ],
            "input_type": "search_document",
            "embedding_types": ["float", "int8"],
            "output_dimension": 256,
            "max_tokens": 100,
            "truncate": "START",
        },
        [
            "embedding_title@title drop",
            "user drop",
            "embedding_title@inputs[2].title drop",
            "embedding_task@inputs[3].task drop",
            "native_option@strange refuse",
            "unknown_member@newer drop",
            "embedding_tokens@inputs[1] refuse",
            "image_url@inputs[3].parts[0] refuse",
        ],
    )


def test_everything_to_titan() -> None:
    body, losses = told(bedrock_embeddings.CODEC, Target(model="amazon.titan-embed-text-v2:0"))
    assert body == {"inputText": "one", "dimensions": 256}
    assert [loss for loss in losses if "batch" in loss] == [
        "embedding_batch@inputs[1] refuse",
        "embedding_batch@inputs[2] refuse",
        "embedding_batch@inputs[3] refuse",
    ]


def test_everything_to_nova() -> None:
    body, losses = told(bedrock_embeddings.CODEC, Target(model=TARGETS[4].model))
    assert body == {
        "taskType": "SINGLE_EMBEDDING",
        "singleEmbeddingParams": {
            "embeddingPurpose": "GENERIC_INDEX",
            "text": {"value": "one", "truncationMode": "START"},
            "embeddingDimension": 256,
        },
    }
    assert "embedding_title@title drop" in losses


def test_everything_to_ollama() -> None:
    body, losses = told(ollama_embeddings.CODEC, Target(model="all-minilm"))
    assert body == {"model": "all-minilm", "input": ["one", "", "two", ""], "dimensions": 256}
    assert losses == [
        "embedding_quantization@quantizations refuse",
        "embedding_task@task drop",
        "embedding_title@title drop",
        "embedding_truncation@input_tokens_max drop",
        "user drop",
        "embedding_title@inputs[2].title drop",
        "embedding_task@inputs[3].task drop",
        "native_option@strange refuse",
        "unknown_member@newer drop",
        "embedding_tokens@inputs[1] refuse",
        "image@inputs[2].parts[1] refuse",
        "image@inputs[3].parts[0] refuse",
        "embedding_truncation@truncate drop",
    ]


ANSWER = EmbeddingResponse(
    vectors=(Vector(values=(0.5, -0.25)), Vector(packed="AACAPwAAAL8=")),
    quantized=(Quantized(kind="int8", vectors=((1, -2), (3, 4))),),
    usage=Usage(uncached_input_tokens=7),
)
ASKED = EmbeddingRequest(
    model="asked",
    inputs=(EmbeddingInput(parts=(Text(text="a"),)), EmbeddingInput(parts=(Text(text="b"),))),
)


def answered(codec: EmbeddingCodec, request: EmbeddingRequest) -> tuple[Any, list[str]]:
    """What the client of `request` is told of `ANSWER`, and the losses."""
    encoded = codec.encode_response(ANSWER, EmbeddingReply(request=request, request_id="r1"))
    return json.loads(encoded.body), [str(loss) for loss in encoded.losses]


def test_answers_to_openai() -> None:
    for encoding, vectors in (
        (None, [[0.5, -0.25], [1.0, -0.5]]),
        ("float", [[0.5, -0.25], [1.0, -0.5]]),
        ("base64", ["AAAAPwAAgL4=", "AACAPwAAAL8="]),
    ):
        request = msgspec.structs.replace(ASKED, encoding=encoding)
        assert answered(openai_embeddings.CODEC, request) == (
            {
                "object": "list",
                "data": [
                    {"object": "embedding", "index": index, "embedding": vector}
                    for index, vector in enumerate(vectors)
                ],
                "model": "asked",
                "usage": {"prompt_tokens": 7, "total_tokens": 7},
            },
            ["embedding_quantization@quantized.int8"],
        )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            b'{"requests": [{"content": {"parts": []}}]}',
            {
                "embeddings": [{"values": [0.5, -0.25]}, {"values": [1.0, -0.5]}],
                "usageMetadata": {"promptTokenCount": 7},
            },
        ),
        (
            b'{"content": {"parts": []}}',
            {"embedding": {"values": [0.5, -0.25]}, "usageMetadata": {"promptTokenCount": 7}},
        ),
        (
            b'{"instances": [{"content": "ab"}, {"content": "c"}]}',
            {
                "predictions": [
                    {"embeddings": {"values": [0.5, -0.25]}},
                    {"embeddings": {"values": [1.0, -0.5]}},
                ],
                "metadata": {"billableCharacterCount": 3},
            },
        ),
    ],
)
def test_answers_to_gemini_follow_the_operation(body: bytes, expected: Any) -> None:
    request = gemini_embeddings.CODEC.decode_request(body, model="m")
    assert answered(gemini_embeddings.CODEC, request)[0] == expected


def test_answers_to_cohere() -> None:
    body = b'{"model": "m", "texts": ["a", "b"], "embedding_types": ["float", "base64", "int8"]}'
    request = cohere_embeddings.CODEC.decode_request(body)
    assert answered(cohere_embeddings.CODEC, request) == (
        {
            "id": "r1",
            "embeddings": {
                "float": [[0.5, -0.25], [1.0, -0.5]],
                "base64": ["AAAAPwAAgL4=", "AACAPwAAAL8="],
                "int8": [[1, -2], [3, 4]],
            },
            "texts": ["a", "b"],
            "response_type": "embeddings_by_type",
            "meta": {"api_version": {"version": "2"}, "billed_units": {"input_tokens": 7}},
        },
        [],
    )


def test_answers_to_bedrock_follow_the_publisher() -> None:
    titan = bedrock_embeddings.CODEC.decode_request(b'{"inputText": "a"}', model="m")
    assert answered(bedrock_embeddings.CODEC, titan)[0] == {
        "embedding": [0.5, -0.25],
        "embeddingsByType": {"float": [0.5, -0.25]},
        "inputTextTokenCount": 7,
    }
    nova = bedrock_embeddings.CODEC.decode_request(SEEDS["bedrock_embeddings"][1].encode())
    assert answered(bedrock_embeddings.CODEC, nova)[0]["embeddings"][0] == {
        "embedding": [0.5, -0.25],
        "embeddingType": "TEXT",
    }
    cohere = bedrock_embeddings.CODEC.decode_request(SEEDS["bedrock_embeddings"][2].encode())
    assert answered(bedrock_embeddings.CODEC, cohere)[0]["embeddings"] == {
        "float": [[0.5, -0.25], [1.0, -0.5]],
        "int8": [[1, -2], [3, 4]],
    }


def test_answers_to_ollama_follow_the_operation() -> None:
    new = ollama_embeddings.CODEC.decode_request(b'{"model": "m", "input": ["a", "b"]}')
    body = answered(ollama_embeddings.CODEC, new)[0]
    assert body["embeddings"] == [[0.5, -0.25], [1.0, -0.5]]
    assert (body["model"], body["prompt_eval_count"]) == ("m", 7)
    old = ollama_embeddings.CODEC.decode_request(b'{"model": "m", "prompt": "a"}')
    assert answered(ollama_embeddings.CODEC, old)[0] == {"embedding": [0.5, -0.25]}


def test_base64_is_exact_for_what_models_compute_with() -> None:
    """Recorded base64 becomes numbers for one client and the same base64 for another."""
    checked = 0
    for exchange in read_recorded("embeddings"):
        body = text_of(exchange["response"])
        if exchange["platform"] not in ("openai", "azure") or b'"embedding": "' not in body:
            continue
        response = openai_embeddings.CODEC.decode_response(body)
        numbers = cohere_embeddings.CODEC.encode_response(response, EmbeddingReply(request=ASKED))
        back = cohere_embeddings.CODEC.decode_response(numbers.body)
        wanted = EmbeddingReply(request=msgspec.structs.replace(ASKED, encoding="base64"))
        again = openai_embeddings.CODEC.encode_response(back, wanted)
        for before, after in zip(
            json.loads(body)["data"], json.loads(again.body)["data"], strict=True
        ):
            assert before["embedding"] == after["embedding"]
            packed = base64.b64decode(before["embedding"])
            floats = struct.unpack(f"<{len(packed) // 4}f", packed)
            assert json.loads(numbers.body)["embeddings"]["float"][before["index"]] == list(floats)
            checked += 1
    assert checked >= 20
