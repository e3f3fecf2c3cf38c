"""Cohere's chat, version 2; what a tool returned is text."""

from collections.abc import Sequence
from typing import Any, Final

import cohere
import httpx

from detente.canonical.response import StopReason
from detente.canonical.usage import Usage
from tests.pairs.talk import SCHEMA, Given, Heard, Terms
from tests.pairs.told import Call, Told, arguments_of

COHERE_STOPS: Final[dict[str, StopReason]] = {
    "COMPLETE": "end",
    "STOP_SEQUENCE": "stop_sequence",
    "MAX_TOKENS": "length",
    "TOOL_CALL": "tool_calls",
    "ERROR": "error",
}


class CohereTalk:
    """See `Talk`."""

    def __init__(self, terms: Terms) -> None:
        self.heard = Heard()
        self._client = cohere.ClientV2(
            api_key=terms.key,
            base_url=terms.url,
            max_retries=0,
            timeout=terms.timeout_s,
            httpx_client=httpx.Client(event_hooks=self.heard.hooks, timeout=terms.timeout_s),
        )
        self._stream = terms.stream
        self._messages: list[Any] = []
        self._asked: dict[str, Any] = {"model": terms.model, "max_tokens": terms.output_tokens}
        if terms.temperature is not None:
            self._asked["temperature"] = terms.temperature
        if terms.thinks:
            self._asked["thinking"] = cohere.Thinking(type="enabled")
        if terms.tools:
            self._asked["tools"] = [
                {"type": "function", "function": {"name": name, "parameters": SCHEMA}}
                for name in terms.tools
            ]

    def ask(self, text: str) -> Told:
        """See `Talk`."""
        self._messages.append(cohere.UserChatMessageV2(content=text))
        return self._hear()

    def give(self, results: Sequence[Given]) -> Told:
        """See `Talk`."""
        for id_, _, result in results:
            self._messages.append(cohere.ToolChatMessageV2(tool_call_id=id_, content=result.text))
        return self._hear()

    def _hear(self) -> Told:
        if self._stream:
            events: list[Any] = list(
                self._client.chat_stream(messages=self._messages, **self._asked)
            )
            told, message = from_cohere_events(events)
            self.heard.trouble = getattr(events[-1].delta, "error", None) or ""
        else:
            answer = self._client.chat(messages=self._messages, **self._asked)
            told, message = from_cohere(answer), answer.message
        self._messages.append(message)
        return told


def from_cohere(answer: cohere.V2ChatResponse) -> Told:
    """What a whole answer tells."""
    message = answer.message
    content = message.content or []
    calls: list[Call] = []
    for call in message.tool_calls or ():
        assert call.function is not None
        calls.append((call.id, call.function.name or "", arguments_of(call.function.arguments)))
    return Told(
        text="".join(item.text for item in content if item.type == "text"),
        calls=tuple(calls),
        stop=COHERE_STOPS[answer.finish_reason],
        reasoning="".join(item.thinking for item in content if item.type == "thinking")
        or message.tool_plan
        or "",
        usage=_usage(answer.usage),
    )


def from_cohere_events(events: Sequence[Any]) -> tuple[Told, Any]:
    """What a stream tells, and the message that goes back in the next turn."""
    text, thought, plan = "", "", ""
    calls: list[Any] = []
    stop: StopReason | None = None
    usage: Usage | None = None
    for event in events:
        delta: Any = getattr(event, "delta", None)
        match event.type:
            case "content-delta":
                text += delta.message.content.text or ""
                thought += delta.message.content.thinking or ""
            case "tool-plan-delta":
                plan += delta.message.tool_plan or ""
            case "tool-call-start":
                calls.append(delta.message.tool_calls)
            case "tool-call-delta":
                assert event.index == len(calls) - 1
                calls[-1].function.arguments += delta.message.tool_calls.function.arguments
            case "message-end":
                stop, usage = COHERE_STOPS[delta.finish_reason], _usage(delta.usage)
            case _:
                pass
    told = Told(
        text=text,
        calls=tuple((c.id, c.function.name, arguments_of(c.function.arguments)) for c in calls),
        stop=stop,
        reasoning=thought or plan,
        usage=usage,
    )
    message = cohere.AssistantChatMessageV2(
        content=text or None, tool_calls=calls or None, tool_plan=plan or None
    )
    return told, message


def _usage(usage: cohere.Usage | None) -> Usage | None:
    units = None if usage is None else usage.billed_units
    if units is None:
        return None
    return Usage(
        uncached_input_tokens=int(units.input_tokens or 0),
        visible_output_tokens=int(units.output_tokens or 0),
    )
