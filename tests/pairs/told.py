"""What an official SDK tells a program of an answer: text, calls, why it ended, refusal, usage.

Written from the SDKs' own types alone, with no code of ours but the canonical words, so that what
five SDKs tell can be compared. Streams are `told_streamed.py`'s; what a dialect cannot tell apart
is `alike.py`'s.

>>> from_gemini([GenerateContentResponse.model_validate({"candidates": [
...     {"content": {"parts": [{"text": "hi"}]}, "finishReason": "STOP"}]})]).stop
'end'
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from anthropic.types import Message
from google.genai.types import (
    FunctionCall,
    GenerateContentResponse,
)
from openai.types.chat import ChatCompletion, ChatCompletionMessage
from openai.types.responses import Response

from detente.canonical.response import StopReason
from detente.canonical.usage import Usage
from tests.pairs.counted import (
    chat_usage,
    converse_usage,
    gemini_usage,
    message_usage,
    responses_usage,
)
from tests.pairs.stops import CHAT_STOPS, CONVERSE_STOPS, GEMINI_STOPS, MESSAGE_STOPS

CALLED = (None, "tool_use")
"""Types of Converse's `toolUse` that the client is to answer; others are the platform's own."""

Call = tuple[str, str, object]
"""Id (empty where there is none), name, arguments as parsed JSON (text where they are none)."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a program is told. `stop` None: it is not said; `usage` None: nothing was counted."""

    text: str = ""
    calls: tuple[Call, ...] = ()
    stop: StopReason | None = None
    refusal: str = ""
    reasoning: str = ""
    usage: Usage | None = None


def arguments_of(text: str | None) -> object:
    """Arguments as a value: none are no members, and text that is no JSON stays text."""
    try:
        return json.loads(text) if text else {}
    except json.JSONDecodeError:
        return text


def ended(stop: StopReason | None, calls: Sequence[Call], refusal: str = "") -> StopReason | None:
    """Why an answer ended, of platforms that end calls and refusals with their word for an end."""
    if stop == "end" and calls:
        return "tool_calls"
    return "refusal" if stop == "end" and refusal else stop


# OpenAI's chat completions.


def from_chat(completion: ChatCompletion) -> Told:
    """The first choice of a whole chat completion."""
    usage = chat_usage(completion.usage)
    if not completion.choices:
        return Told(usage=usage)
    choice = completion.choices[0]
    message = choice.message
    if not hasattr(message, "content"):  # Azure, where its filter left nothing
        return Told(stop=CHAT_STOPS.get(choice.finish_reason, "other"), usage=usage)
    calls = tuple(_chat_calls(message))
    refusal = message.refusal or ""
    return Told(
        text=chat_text(message.content),
        calls=calls,
        stop=ended(CHAT_STOPS.get(choice.finish_reason, "other"), calls, refusal),
        refusal=refusal,
        reasoning=thought_beside(message),
        usage=usage,
    )


def chat_text(content: Any) -> str:
    """The text of a message or a delta, which Mistral writes as a list of parts."""
    if content is None or type(content) is str:
        return content or ""
    return "".join(part["text"] for part in content if part.get("type") == "text")


def thought_beside(message: Any) -> str:
    """Thoughts where compatible hosts write them, in members that the SDK lets through: beside the
    content, or (Mistral) in its list."""
    content = message.content
    if content is not None and type(content) is not str:
        thoughts = [part["thinking"] for part in content if part["type"] == "thinking"]
        return "".join(piece["text"] for thought in thoughts for piece in thought)
    for name in ("reasoning_content", "reasoning"):
        told = getattr(message, name, None)
        if isinstance(told, str) and told:
            return told
    return ""


def _chat_calls(message: ChatCompletionMessage) -> Iterable[Call]:
    for call in message.tool_calls or ():
        if call.type == "custom":
            yield call.id, call.custom.name, call.custom.input
        else:
            yield call.id or "", call.function.name, arguments_of(call.function.arguments)
    if message.function_call is not None:
        yield "", message.function_call.name, arguments_of(message.function_call.arguments)


# OpenAI's Responses.


def from_responses(response: Response) -> Told:
    """A whole response, or the one that a stream ends with."""
    calls: list[Call] = []
    thoughts: list[str] = []
    refusal = ""
    for item in response.output:
        if item.type == "function_call":
            calls.append((item.call_id, item.name, arguments_of(item.arguments)))
        elif item.type == "custom_tool_call":
            calls.append((item.call_id, item.name, item.input))
        elif item.type == "reasoning":
            thoughts += [part.text for part in (*item.summary, *(item.content or ()))]
        elif item.type == "message":
            refusal += "".join(part.refusal for part in item.content if part.type == "refusal")
    return Told(
        text=response.output_text,
        calls=tuple(calls),
        stop=_response_stop(response, calls, refusal),
        refusal=refusal,
        reasoning="\n\n".join(thoughts),
        usage=responses_usage(response.usage),
    )


def _response_stop(response: Response, calls: Sequence[Call], refusal: str) -> StopReason | None:
    if response.status == "incomplete":
        reason = response.incomplete_details and response.incomplete_details.reason
        return {"max_output_tokens": "length", "content_filter": "content_filter"}.get(
            reason or "", "other"
        )  # pyright: ignore[reportReturnType] -- both are words of ours
    if response.status == "failed":
        return "error"
    return "cancelled" if response.status == "cancelled" else ended("end", calls, refusal)


# Anthropic's Messages.


def from_message(message: Message) -> Told:
    """A whole message, or the one that a stream adds up to."""
    calls = tuple(
        (block.id, block.name, block.input) for block in message.content if block.type == "tool_use"
    )
    stop = message.stop_reason
    return Told(
        text="".join(block.text for block in message.content if block.type == "text"),
        calls=calls,
        stop=None if stop is None else ended(MESSAGE_STOPS.get(stop, "other"), calls),
        reasoning="\n\n".join(
            block.thinking for block in message.content if block.type == "thinking"
        ),
        usage=message_usage(message.usage),
    )


# Google's generateContent.


def from_gemini(answers: Iterable[GenerateContentResponse]) -> Told:
    """One whole answer in a list, or all chunks of a stream; the first candidate."""
    text = reasoning = ""
    calls: list[Call] = []
    stop: StopReason | None = None
    usage: Usage | None = None
    for answer in answers:
        for candidate in (answer.candidates or [])[:1]:
            for part in (candidate.content and candidate.content.parts) or ():
                if part.function_call is not None:
                    calls.append(_gemini_call(part.function_call))
                elif part.text and part.thought:
                    reasoning += part.text
                else:
                    text += part.text or ""
            if candidate.finish_reason is not None:
                stop = GEMINI_STOPS.get(candidate.finish_reason.value, "other")
        if answer.prompt_feedback is not None and answer.prompt_feedback.block_reason is not None:
            stop = "content_filter"
        if answer.usage_metadata is not None:
            usage = gemini_usage(answer.usage_metadata)
    stop = ended(stop, calls)
    return Told(text=text, calls=tuple(calls), stop=stop, reasoning=reasoning, usage=usage)


def _gemini_call(call: FunctionCall) -> Call:
    return call.id or "", call.name or "", call.args or {}


# Amazon's Converse, whose SDK gives dictionaries.


def from_converse(answer: Mapping[str, Any]) -> Told:
    """A whole answer of `converse`."""
    text, thoughts, calls = "", list[str](), list[Call]()
    for block in answer.get("output", {}).get("message", {}).get("content", ()):
        text += block.get("text", "")
        text += "".join(one["text"] for one in block.get("citationsContent", {}).get("content", ()))
        if "reasoningContent" in block:
            thoughts.append(block["reasoningContent"].get("reasoningText", {}).get("text", ""))
        use = block.get("toolUse")
        if use is not None and use.get("type") in CALLED:
            calls.append((use["toolUseId"], use["name"], use["input"]))
    return Told(
        text=text,
        calls=tuple(calls),
        stop=ended(CONVERSE_STOPS.get(answer["stopReason"], "other"), calls),
        reasoning="\n\n".join(thoughts),
        usage=converse_usage(answer.get("usage")),
    )
