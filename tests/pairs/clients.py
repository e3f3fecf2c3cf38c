"""Five official clients, each driven the way its own users drive it, under one face.

A `Talk` is a conversation with one model: it asks, hands back what the SDK returned as the SDK
returned it (thinking, signatures, items, parts), then the results of its tools.

>>> talk = CLIENTS["anthropic_messages"](url, key).talk("m-gemini_generate", stream=True)
>>> talk.ask("What is the weather in Paris?").calls
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import boto3  # pyright: ignore[reportMissingTypeStubs] - it has none
from anthropic import Anthropic
from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs] - as above
from google import genai
from google.genai import types
from openai import OpenAI

from detente.canonical.model import Dialect
from tests.pairs.stage import ACCESS_KEY, CLIENT_KEY, SECRET_KEY
from tests.pairs.told import (
    Told,
    from_chat,
    from_converse,
    from_gemini,
    from_message,
    from_responses,
)
from tests.pairs.told_streamed import from_chat_chunks, from_converse_events

OUTPUT_TOKENS: Final = 4096
BUDGET_TOKENS: Final = 2048
SCHEMA: Final = {"type": "object", "properties": {"city": {"type": "string"}}}


@dataclass(frozen=True)
class Result:
    """What a tool gave: text, perhaps an image (PNG bytes), perhaps an error."""

    text: str
    image: bytes | None = None
    error: bool = False


class Talk(Protocol):
    """One conversation."""

    def ask(self, text: str) -> Told:
        """Say something, and hear the answer."""
        ...

    def give(self, results: Sequence[tuple[str, str, Result]]) -> Told:
        """Hand back results as (call's id, tool's name, result), and hear the answer."""
        ...


class ChatTalk:
    """OpenAI's chat completions; a tool message has no place for an image, so the next one has."""

    def __init__(self, url: str, model: str, *, stream: bool, tools: Sequence[str]) -> None:
        self._client = OpenAI(base_url=url + "/v1", api_key=CLIENT_KEY, max_retries=0)
        self._model, self._stream = model, stream
        self._messages: list[Any] = []
        self._tools: list[Any] = [
            {"type": "function", "function": {"name": name, "parameters": SCHEMA}} for name in tools
        ]

    def ask(self, text: str) -> Told:
        """See `Talk`."""
        self._messages.append({"role": "user", "content": text})
        return self._hear()

    def give(self, results: Sequence[tuple[str, str, Result]]) -> Told:
        """See `Talk`."""
        for id_, _, result in results:
            text = f"error: {result.text}" if result.error else result.text
            self._messages.append({"role": "tool", "tool_call_id": id_, "content": text})
        images = [result.image for *_, result in results if result.image is not None]
        if images:
            content = [
                {
                    "type": "image_url",
                    "image_url": {
                        "url": "data:image/png;base64," + base64.b64encode(image).decode()
                    },
                }
                for image in images
            ]
            self._messages.append({"role": "user", "content": content})
        return self._hear()

    def _hear(self) -> Told:
        asked: dict[str, Any] = {
            "model": self._model,
            "messages": self._messages,
            "max_completion_tokens": OUTPUT_TOKENS,
            "reasoning_effort": "low",
        }
        if self._tools:
            asked["tools"] = self._tools
        if not self._stream:
            completion = self._client.chat.completions.create(**asked)
            self._messages.append(completion.choices[0].message)
            return from_chat(completion)
        chunks = list(
            self._client.chat.completions.create(
                **asked, stream=True, stream_options={"include_usage": True}
            )
        )
        told = from_chat_chunks(chunks)
        calls = [
            {
                "id": id_,
                "type": "function",
                "function": {"name": name, "arguments": json.dumps(arguments)},
            }
            for id_, name, arguments in told.calls
        ]
        message: dict[str, Any] = {"role": "assistant", "content": told.text or None}
        self._messages.append({**message, "tool_calls": calls} if calls else message)
        return told


class ResponsesTalk:
    """OpenAI's Responses, without state at the platform: items are handed back."""

    def __init__(self, url: str, model: str, *, stream: bool, tools: Sequence[str]) -> None:
        self._client = OpenAI(base_url=url + "/v1", api_key=CLIENT_KEY, max_retries=0)
        self._model, self._stream = model, stream
        self._input: list[Any] = []
        self._tools: list[Any] = [
            {"type": "function", "name": name, "parameters": SCHEMA, "strict": False}
            for name in tools
        ]

    def ask(self, text: str) -> Told:
        """See `Talk`."""
        self._input.append({"role": "user", "content": text})
        return self._hear()

    def give(self, results: Sequence[tuple[str, str, Result]]) -> Told:
        """See `Talk`."""
        for id_, _, result in results:
            output: Any = f"error: {result.text}" if result.error else result.text
            if result.image is not None:
                url = "data:image/png;base64," + base64.b64encode(result.image).decode()
                output = [
                    {"type": "input_text", "text": result.text},
                    {"type": "input_image", "image_url": url, "detail": "auto"},
                ]
            self._input.append({"type": "function_call_output", "call_id": id_, "output": output})
        return self._hear()

    def _hear(self) -> Told:
        asked: dict[str, Any] = {
            "model": self._model,
            "input": self._input,
            "max_output_tokens": OUTPUT_TOKENS,
            "reasoning": {"effort": "low", "summary": "auto"},
            "include": ["reasoning.encrypted_content"],
            "store": False,
        }
        if self._tools:
            asked["tools"] = self._tools
        if self._stream:
            with self._client.responses.stream(**asked) as stream:
                response = stream.get_final_response()
        else:
            response = self._client.responses.create(**asked)
        self._input += [item.to_dict() for item in response.output]
        return from_responses(response)


class MessagesTalk:
    """Anthropic's Messages."""

    def __init__(self, url: str, model: str, *, stream: bool, tools: Sequence[str]) -> None:
        self._client = Anthropic(base_url=url, api_key=CLIENT_KEY, max_retries=0)
        self._model, self._stream = model, stream
        self._messages: list[Any] = []
        self._tools: list[Any] = [{"name": name, "input_schema": SCHEMA} for name in tools]

    def ask(self, text: str) -> Told:
        """See `Talk`."""
        self._messages.append({"role": "user", "content": text})
        return self._hear()

    def give(self, results: Sequence[tuple[str, str, Result]]) -> Told:
        """See `Talk`."""
        content: list[dict[str, Any]] = []
        for id_, _, result in results:
            blocks: list[dict[str, Any]] = [{"type": "text", "text": result.text}]
            if result.image is not None:
                source = {
                    "type": "base64",
                    "media_type": "image/png",
                    "data": base64.b64encode(result.image).decode(),
                }
                blocks.append({"type": "image", "source": source})
            one: dict[str, Any] = {"type": "tool_result", "tool_use_id": id_, "content": blocks}
            content.append({**one, "is_error": True} if result.error else one)
        self._messages.append({"role": "user", "content": content})
        return self._hear()

    def _hear(self) -> Told:
        asked: dict[str, Any] = {
            "model": self._model,
            "messages": self._messages,
            "max_tokens": OUTPUT_TOKENS,
            "thinking": {"type": "enabled", "budget_tokens": BUDGET_TOKENS},
        }
        if self._tools:
            asked["tools"] = self._tools
        if self._stream:
            with self._client.messages.stream(**asked) as stream:
                message = stream.get_final_message()
        else:
            message = self._client.messages.create(**asked)
        self._messages.append({"role": "assistant", "content": message.content})
        return from_message(message)


class GeminiTalk:
    """Google's generateContent."""

    def __init__(self, url: str, model: str, *, stream: bool, tools: Sequence[str]) -> None:
        options = types.HttpOptions(base_url=url)
        self._client = genai.Client(api_key=CLIENT_KEY, http_options=options)
        self._model, self._stream = model, stream
        self._contents: list[Any] = []
        declared = [
            types.FunctionDeclaration(name=name, parameters_json_schema=SCHEMA) for name in tools
        ]
        self._config = types.GenerateContentConfig(
            max_output_tokens=OUTPUT_TOKENS,
            thinking_config=types.ThinkingConfig(include_thoughts=True),
            tools=[types.Tool(function_declarations=declared)] if declared else None,
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        )

    def ask(self, text: str) -> Told:
        """See `Talk`."""
        self._contents.append(types.Content(role="user", parts=[types.Part(text=text)]))
        return self._hear()

    def give(self, results: Sequence[tuple[str, str, Result]]) -> Told:
        """See `Talk`."""
        parts = [
            types.Part(
                function_response=types.FunctionResponse(
                    id=id_ or None,
                    name=name,
                    response={"error" if result.error else "result": result.text},
                    parts=[
                        types.FunctionResponsePart(
                            inline_data=types.FunctionResponseBlob(
                                mime_type="image/png", data=result.image
                            )
                        )
                    ]
                    if result.image is not None
                    else None,
                )
            )
            for id_, name, result in results
        ]
        self._contents.append(types.Content(role="user", parts=parts))
        return self._hear()

    def _hear(self) -> Told:
        asked: dict[str, Any] = {
            "model": self._model,
            "contents": self._contents,
            "config": self._config,
        }
        if self._stream:
            answers = list(self._client.models.generate_content_stream(**asked))
        else:
            answers = [self._client.models.generate_content(**asked)]
        parts = [
            part
            for answer in answers
            for candidate in (answer.candidates or [])[:1]
            for part in (candidate.content and candidate.content.parts) or ()
        ]
        self._contents.append(types.Content(role="model", parts=parts))
        return from_gemini(answers)


class ConverseTalk:
    """Amazon's Converse."""

    def __init__(self, url: str, model: str, *, stream: bool, tools: Sequence[str]) -> None:
        connect: Any = vars(boto3)["client"]
        self._client = connect(
            "bedrock-runtime",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            config=Config(retries={"total_max_attempts": 1}),
        )
        self._model, self._stream = model, stream
        self._messages: list[Any] = []
        self._tools = [
            {"toolSpec": {"name": name, "inputSchema": {"json": SCHEMA}}} for name in tools
        ]

    def ask(self, text: str) -> Told:
        """See `Talk`."""
        self._messages.append({"role": "user", "content": [{"text": text}]})
        return self._hear()

    def give(self, results: Sequence[tuple[str, str, Result]]) -> Told:
        """See `Talk`."""
        content: list[dict[str, Any]] = []
        for id_, _, result in results:
            blocks: list[dict[str, Any]] = [{"text": result.text}]
            if result.image is not None:
                blocks.append({"image": {"format": "png", "source": {"bytes": result.image}}})
            one: dict[str, Any] = {"toolUseId": id_, "content": blocks}
            content.append({"toolResult": {**one, "status": "error"} if result.error else one})
        self._messages.append({"role": "user", "content": content})
        return self._hear()

    def _hear(self) -> Told:
        thinking = {"type": "enabled", "budget_tokens": BUDGET_TOKENS}
        asked: dict[str, Any] = {
            "modelId": self._model,
            "messages": self._messages,
            "inferenceConfig": {"maxTokens": OUTPUT_TOKENS},
            "additionalModelRequestFields": {"thinking": thinking},
        }
        if self._tools:
            asked["toolConfig"] = {"tools": self._tools}
        if not self._stream:
            answer = self._client.converse(**asked)
            self._messages.append(answer["output"]["message"])
            return from_converse(answer)
        events = list(self._client.converse_stream(**asked)["stream"])
        self._messages.append({"role": "assistant", "content": _blocks(events)})
        return from_converse_events(events)


def _blocks(events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The content of a streamed message, as its users put it together."""
    blocks: dict[int, dict[str, Any]] = {}
    inputs: dict[int, str] = {}
    for event in events:
        if "contentBlockStart" in event:
            start = event["contentBlockStart"]
            if "toolUse" in start["start"]:
                blocks[start["contentBlockIndex"]] = {"toolUse": {**start["start"]["toolUse"]}}
        elif "contentBlockDelta" in event:
            index = event["contentBlockDelta"]["contentBlockIndex"]
            delta = event["contentBlockDelta"]["delta"]
            if "text" in delta:
                block = blocks.setdefault(index, {"text": ""})
                block["text"] += delta["text"]
            elif "toolUse" in delta:
                inputs[index] = inputs.get(index, "") + delta["toolUse"]["input"]
            elif "reasoningContent" in delta:
                _add_reasoning(blocks.setdefault(index, {}), delta["reasoningContent"])
    for index, text in inputs.items():
        blocks[index]["toolUse"]["input"] = json.loads(text or "{}")
    return [blocks[index] for index in sorted(blocks)]


def _add_reasoning(block: dict[str, Any], piece: Mapping[str, Any]) -> None:
    reasoning = block.setdefault("reasoningContent", {})
    if "redactedContent" in piece:
        reasoning["redactedContent"] = piece["redactedContent"]
        return
    told = reasoning.setdefault("reasoningText", {"text": ""})
    told["text"] += piece.get("text", "")
    if "signature" in piece:
        told["signature"] = piece["signature"]


class Begin(Protocol):
    """Begins a talk with one model."""

    def __call__(self, url: str, model: str, *, stream: bool, tools: Sequence[str]) -> Talk: ...


CLIENTS: Final[dict[Dialect, Begin]] = {
    "openai_chat": ChatTalk,
    "openai_responses": ResponsesTalk,
    "anthropic_messages": MessagesTalk,
    "gemini_generate": GeminiTalk,
    "bedrock_converse": ConverseTalk,
}
"""The official client of each dialect."""
