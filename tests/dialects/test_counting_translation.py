"""Counting for another platform: what is sent, what comes back, what is lost and what is not."""

import json

import pytest

from detente.canonical.capability import Capabilities
from detente.canonical.content import Opaque, Reasoning, ToolCall
from detente.canonical.failure import ClientFault, ProviderFault
from detente.canonical.model import Dialect
from detente.dialects import counting_codec_of
from detente.dialects._codec.losses import FEATURES
from detente.dialects._translation.memory import Memory
from detente.dialects.codec import Reply, Target
from detente.dialects.counting_codec import CountingCodec
from detente.dialects.counting_translation import UNCOUNTED, CountingTranslation


def codec(name: Dialect) -> CountingCodec:
    found = counting_codec_of(name)
    assert found is not None
    return found


ANTHROPIC = codec("anthropic_count_tokens")
OPENAI = codec("openai_input_tokens")
GEMINI = codec("gemini_count_tokens")
BEDROCK = codec("bedrock_count_tokens")


def test_uncounted_features_are_features_and_none_is_about_the_input() -> None:
    assert FEATURES.keys() >= UNCOUNTED
    assert UNCOUNTED.isdisjoint(("image", "tools", "tool_choice", "history", "json_schema"))


def test_what_is_about_the_answer_is_no_loss() -> None:
    body = {
        "generateContentRequest": {
            "contents": [{"role": "user", "parts": [{"text": "hi"}]}],
            "generationConfig": {"candidateCount": 2, "seed": 7, "topK": 4},
        }
    }
    translation = CountingTranslation(GEMINI, json.dumps(body).encode(), model="m")
    out = translation.encoded_for(OPENAI, Target(model="gpt-x"))
    assert out.losses == ()
    assert json.loads(out.body).keys() == {"model", "input"}


def test_what_is_counted_and_cannot_be_said_is_named() -> None:
    body = b'{"model":"m","input":"hi","previous_response_id":"resp_1"}'
    out = CountingTranslation(OPENAI, body).encoded_for(ANTHROPIC, Target(model="claude-x"))
    assert [(loss.what, loss.severity) for loss in out.losses] == [("native_option", "refuse")]


def test_media_that_the_model_cannot_read_are_lost() -> None:
    image = {"type": "input_image", "image_url": "data:image/png;base64,QUJD"}
    body = {"model": "m", "input": [{"role": "user", "content": [image]}]}
    target = Target(model="claude-x", capabilities=Capabilities(input_modalities=("text",)))
    out = CountingTranslation(OPENAI, json.dumps(body).encode()).encoded_for(ANTHROPIC, target)
    assert [loss.what for loss in out.losses] == ["image"]


def test_tools_get_names_that_fit() -> None:
    tool = {"functionDeclarations": [{"name": "a.b", "parametersJsonSchema": {"type": "object"}}]}
    body = {"contents": [{"parts": [{"text": "hi"}]}], "tools": [tool]}
    out = CountingTranslation(GEMINI, json.dumps(body).encode(), model="m").encoded_for(
        ANTHROPIC, Target(model="claude-x")
    )
    name = json.loads(out.body)["tools"][0]["name"]
    assert ANTHROPIC.tool_names is not None
    assert ANTHROPIC.tool_names.fullmatch(name)


def test_what_is_remembered_is_counted() -> None:
    body = {
        "model": "m",
        "input": [
            {"role": "user", "content": "hi"},
            {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c1", "output": "x"},
        ],
    }
    translation = CountingTranslation(OPENAI, json.dumps(body).encode())
    state = Opaque(origin="anthropic_messages", value="sig")
    thought = Reasoning(text="hmm", state=state)
    translation.remind({"c1": Memory(ids=("c1",), thoughts=(thought,))})
    parts = [part for turn in translation.request.turns for part in turn.parts]
    assert any(isinstance(part, ToolCall) for part in parts)
    out = translation.encoded_for(ANTHROPIC, Target(model="claude-x"))
    assert b'"signature":"sig"' in out.body


def test_an_answer_is_the_clients_own_and_uses_nothing() -> None:
    body = b'{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}'
    out = CountingTranslation(GEMINI, body, model="m").encoded_for(
        BEDROCK, Target(model="anthropic.claude-x")
    )
    answer = out.answer(b'{"inputTokens":12}', Reply())
    assert (answer.body, answer.usage, answer.losses) == (b'{"totalTokens":12}', None, ())
    with pytest.raises(ProviderFault):
        out.answer(b'{"inputTokens":"many"}', Reply())
    error = out.error(b'{"message":"no such model"}')
    assert error is not None
    assert error.message == "no such model"
    assert out.error(b"<html>") is None


def test_how_a_count_splits_up_is_named() -> None:
    out = CountingTranslation(ANTHROPIC, b'{"model":"m","messages":[]}').encoded_for(
        GEMINI, Target(model="gemini-x")
    )
    detail = {"modality": "IMAGE", "tokenCount": 9}
    told = json.dumps({"totalTokens": 9, "promptTokensDetails": [detail]}).encode()
    answer = out.answer(told, Reply())
    assert answer.body == b'{"input_tokens":9}'
    assert [loss.what for loss in answer.losses] == ["usage_class"]


def test_what_cannot_be_read_is_the_clients_fault() -> None:
    with pytest.raises(ClientFault):
        CountingTranslation(ANTHROPIC, b'{"model":"m"}')
