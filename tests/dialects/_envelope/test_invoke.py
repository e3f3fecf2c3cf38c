"""InvokeModel's requests, wrapped and opened, every other byte left alone."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.failure import ClientFault
from detente.dialects._envelope.invoke import (
    BETAS_MAX,
    Opened,
    betas_of,
    opened,
    options_lost,
    wrapped,
)
from tests.conftest import Recorded

MODEL = "anthropic.claude-sonnet-4-20250514-v1:0"
MESSAGES = b'"messages" : [ {"role":"user","content":"h\\u00ef \\"model\\": 1"} ]'


def open_of(body: bytes, *, stream: bool = False) -> Opened:
    return opened(body, model=MODEL, stream=stream)


def test_a_native_body_is_wrapped() -> None:
    body = b'{ "model": "claude", %b, "stream":true , "max_tokens":8 }' % MESSAGES
    assert wrapped(body) == (
        b'{"anthropic_version":"bedrock-2023-05-31",%b,"max_tokens":8}' % MESSAGES
    )


def test_a_wrapped_body_is_opened() -> None:
    body = b'{"anthropic_version": "bedrock-2023-05-31", %b, "max_tokens":8}' % MESSAGES
    found = open_of(body)
    assert found == Opened(
        dialect="anthropic_messages",
        body=b'{"model":"%b",%b,"max_tokens":8}' % (MODEL.encode(), MESSAGES),
        api_version="2023-06-01",
    )
    streamed = open_of(body, stream=True)
    assert streamed.body == (
        b'{"model":"%b","stream":true,%b,"max_tokens":8}' % (MODEL.encode(), MESSAGES)
    )


def test_the_path_wins() -> None:
    found = open_of(b'{"anthropic_version":"2026-10-21","model":"x","stream":true}')
    assert json.loads(found.body) == {"model": MODEL}
    assert found.api_version == "2026-10-21"


@pytest.mark.parametrize(
    ("api_version", "version"),
    [
        (None, "bedrock-2023-05-31"),
        ("2023-06-01", "bedrock-2023-05-31"),
        ("bedrock-2023-05-31", "bedrock-2023-05-31"),
        ("2026-10-21", "2026-10-21"),
    ],
)
def test_the_version_is_the_deployments(api_version: str | None, version: str) -> None:
    for body in (b"{}", b'{"anthropic_version": "vertex-2023-10-16"}'):
        made = json.loads(wrapped(body, api_version=api_version))
        assert made == {"anthropic_version": version}


def test_betas_move_into_the_body() -> None:
    made = json.loads(wrapped(b'{"anthropic_beta": ["b", "c"]}', betas=("a", "b")))
    assert made["anthropic_beta"] == ["a", "b", "c"]
    assert open_of(json.dumps(made).encode()).betas == ("a", "b", "c")
    assert b"anthropic_beta" not in wrapped(b"{}")


@pytest.mark.parametrize(
    ("header", "betas"),
    [
        (None, ()),
        (b"", ()),
        (b"a", ("a",)),
        (b"a,b , c,", ("a", "b", "c")),
        (b"x," * 500, ("x",) * BETAS_MAX),
    ],
)
def test_the_header_of_betas(header: bytes | None, betas: tuple[str, ...]) -> None:
    assert betas_of(header) == betas


@pytest.mark.parametrize(
    ("body", "dialect"),
    [
        (b'{"messages":[],"anthropic_version":"bedrock-2023-05-31"}', "anthropic_messages"),
        (b'{"messages":[],"max_completion_tokens":5}', "openai_chat"),
        (b'{"inputText":"x"}', "bedrock_embeddings"),
        (b'{"texts":["x"],"input_type":"search_query"}', "bedrock_embeddings"),
        (b'{"inputImage":"","embeddingConfig":{}}', "bedrock_embeddings"),
    ],
)
def test_whose_body_it_is(body: bytes, dialect: str) -> None:
    assert open_of(body).dialect == dialect


def test_openais_body_is_told_its_model() -> None:
    found = open_of(b'{"model":"x", "messages":[]}', stream=True)
    assert found.body == b'{"model":"%b","stream":true,"messages":[]}' % MODEL.encode()
    assert (found.api_version, found.betas) == (None, ())


def test_an_embedding_stays_as_it_is() -> None:
    body = b' {"inputText" : "x"} '
    assert open_of(body).body is body
    with pytest.raises(ClientFault, match="not streamed"):
        open_of(body, stream=True)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{}", "of no API"),
        (b'{"prompt":"x"}', "of no API"),
        (b'{"inputText":"x","textGenerationConfig":{}}', "of no API"),
        (b'{"messages":[],"schemaVersion":"messages-v1"}', "`Converse`"),
        (b'{"messages":[],"inferenceConfig":{}}', "`Converse`"),
        (b'{"anthropic_version":1}', "`anthropic_version` is a text"),
        (b'{"anthropic_version":""}', "`anthropic_version` is a text"),
        (b'{"anthropic_version":"\\n"}', "`anthropic_version` is a text"),
        (b'{"anthropic_version":"x","anthropic_beta":"x"}', "list of names"),
        (b'{"anthropic_version":"x","anthropic_beta":["a,b"]}', "list of names"),
        (b'{"anthropic_version":"x","anthropic_beta":["\\r\\n"]}', "list of names"),
        (b'{"anthropic_version":"x","anthropic_version":"y"}', "twice"),
        (b"[]", "not a JSON object"),
        (b"", "not a JSON object"),
    ],
)
def test_what_cannot_be_opened(body: bytes, said: str) -> None:
    with pytest.raises(ClientFault, match=said) as fault:
        open_of(body)
    assert fault.value.failure.code == "request_invalid"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["a", "", "model", "stream", "é\\", '"'])
                       | st.text(max_size=4), JSON, max_size=6),
       st.sampled_from([None, 1]), st.booleans())  # fmt: skip
def test_opening_what_was_wrapped_gives_it_back(
    native: dict[str, Any], indent: int | None, ascii_only: bool
) -> None:
    native = {name: value for name, value in native.items() if not name.startswith("anthropic_")}
    text = json.dumps(native, indent=indent, ensure_ascii=ascii_only)
    found = open_of(wrapped(text.encode()), stream=True)
    assert found.dialect == "anthropic_messages"
    rest = {name: value for name, value in native.items() if name not in ("model", "stream")}
    assert json.loads(found.body) == {"model": MODEL, "stream": True, **rest}


@given(st.binary(max_size=60))
def test_any_bytes_are_opened_or_refused(body: bytes) -> None:
    for read in (open_of, wrapped):
        try:
            read(body)
        except ClientFault:
            continue


def test_options_that_nobody_reads_are_losses() -> None:
    lost = options_lost(
        {b"x-amzn-bedrock-guardrailidentifier": b"g", b"x-amzn-bedrock-trace": b"ENABLED"}
    )
    assert [(loss.what, loss.severity) for loss in lost] == [
        ("safety", "refuse"),
        ("content_filter", "drop"),
    ]
    assert options_lost({b"accept": b"x"}) == ()


def test_recorded_bodies(recorded: Recorded) -> None:
    met: dict[str, int] = {}
    for row in recorded("bedrock-invoke"):
        body = (row["request"].get("text") or "").encode()
        if not row["path"].endswith(("/invoke", "/invoke-with-response-stream")):
            continue
        try:
            found = opened(body, model="m", stream=row["stream"])
        except ClientFault:
            met["refused"] = met.get("refused", 0) + 1
            assert b'"anthropic_version"' not in body
            continue
        met[found.dialect] = met.get(found.dialect, 0) + 1
        if found.dialect == "anthropic_messages":
            native = json.loads(body)
            again = json.loads(wrapped(found.body, betas=found.betas))
            assert again == native, row["id"]
    assert met["anthropic_messages"] >= 10, met
