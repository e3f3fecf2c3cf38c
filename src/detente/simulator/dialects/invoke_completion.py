"""Completing a prompt by Amazon Bedrock's InvokeModel: the older models' own dialects.

Titan, Llama, Jurassic, Command, Claude 2, and what is imported and speaks OpenAI's completions.
Only their text: none of them has tools or turns.

>>> parse(b'{"prompt": "hi", "max_gen_len": 9}', "meta.llama3-8b-instruct-v1:0").ask.tokens_max
9
"""

from collections.abc import Callable
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from detente.simulator import tokens
from detente.simulator.composition import Ask, Composition
from detente.simulator.exchange import JsonObject, RequestError, decode_body

Limit = Annotated[int, Meta(ge=1)] | None


class TextConfig(msgspec.Struct, frozen=True, rename="camel"):
    """Titan's settings."""

    max_token_count: Limit = None


class Body(msgspec.Struct, frozen=True):
    """What is read of a body: each dialect has its own name for the limit."""

    prompt: str | None = None
    input_text: str | None = msgspec.field(name="inputText", default=None)
    text_config: TextConfig = msgspec.field(name="textGenerationConfig", default=TextConfig())
    max_gen_len: Limit = None
    max_tokens: Limit = None
    max_tokens_to_sample: Limit = None
    max_tokens_camel: Limit = msgspec.field(name="maxTokens", default=None)


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """How a publisher's models answer."""

    whole: Callable[[Composition, Ask], JsonObject]


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request, read."""

    ask: Ask
    form: Form


def parse(body: bytes, model: str) -> Request:
    """Reads a request body for `model`; raises `RequestError` 400."""
    read = decode_body(body, Body)
    prompt = read.prompt if read.prompt is not None else read.input_text
    if prompt is None:
        raise RequestError(
            400,
            "Malformed input request: #: required key [prompt] not found, please reformat your "
            "input and try again.",
        )
    limit = (
        read.max_gen_len
        or read.max_tokens
        or read.max_tokens_to_sample
        or read.max_tokens_camel
        or read.text_config.max_token_count
    )
    ask = Ask(model=model, prompt=prompt, input_tokens=tokens.count(prompt), tokens_max=limit)
    form = next((form for part, form in FORMS.items() if part in model), IMPORTED)
    return Request(ask=ask, form=form)


def _titan(composed: Composition, ask: Ask) -> JsonObject:
    result = {
        "tokenCount": composed.tokens,
        "outputText": composed.text,
        "completionReason": "LENGTH" if composed.finish == "length" else "FINISH",
    }
    return {"inputTextTokenCount": ask.input_tokens, "results": [result]}


def _llama(composed: Composition, ask: Ask) -> JsonObject:
    return {
        "generation": composed.text,
        "prompt_token_count": ask.input_tokens,
        "generation_token_count": composed.tokens,
        "stop_reason": "length" if composed.finish == "length" else "stop",
    }


def _jurassic(composed: Composition, ask: Ask) -> JsonObject:
    reason = "length" if composed.finish == "length" else "endoftext"
    completion: JsonObject = {
        "data": {"text": composed.text, "tokens": []},
        "finishReason": {"reason": reason},
    }
    return {"id": 1, "prompt": {"text": ask.prompt, "tokens": []}, "completions": [completion]}


def _command(composed: Composition, ask: Ask) -> JsonObject:
    generation = {
        "id": "generation",
        "text": composed.text,
        "finish_reason": "MAX_TOKENS" if composed.finish == "length" else "COMPLETE",
    }
    return {"id": "command", "generations": [generation], "prompt": ask.prompt}


def _claude(composed: Composition, ask: Ask) -> JsonObject:  # noqa: ARG001 - others repeat it
    return {
        "type": "completion",
        "completion": composed.text,
        "stop_reason": "max_tokens" if composed.finish == "length" else "stop_sequence",
        "stop": None if composed.finish == "length" else "\n\nHuman:",
    }


def _imported(composed: Composition, ask: Ask) -> JsonObject:
    choice = {
        "index": 0,
        "text": composed.text,
        "logprobs": None,
        "finish_reason": "length" if composed.finish == "length" else "stop",
    }
    used = {
        "prompt_tokens": ask.input_tokens,
        "completion_tokens": composed.tokens,
        "total_tokens": ask.input_tokens + composed.tokens,
    }
    return {"object": "text_completion", "choices": [choice], "usage": used}


FORMS: Final = {
    "titan": Form(whole=_titan),
    "llama": Form(whole=_llama),
    "ai21": Form(whole=_jurassic),
    "cohere": Form(whole=_command),
    "claude": Form(whole=_claude),
}
"""By what stands in the model's id."""

IMPORTED: Final = Form(whole=_imported)
