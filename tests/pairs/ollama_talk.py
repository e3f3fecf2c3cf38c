"""Ollama's chat; calls have no ids, and what a tool returned is text."""

# pyright: reportUnknownMemberType=false
# The client takes functions of any type as tools.

from collections.abc import Sequence
from typing import Any, Final

import ollama

from detente.canonical.response import StopReason
from detente.canonical.usage import Usage
from tests.pairs.talk import SCHEMA, Given, Heard, Terms
from tests.pairs.told import Call, Told

OLLAMA_STOPS: Final[dict[str, StopReason]] = {"stop": "end", "length": "length"}


class OllamaTalk:
    """See `Talk`."""

    def __init__(self, terms: Terms) -> None:
        self.heard = Heard()
        self._client = ollama.Client(
            host=terms.url,
            headers={"authorization": f"Bearer {terms.key}"},
            timeout=terms.timeout_s,
            event_hooks=self.heard.hooks,
        )
        self._stream = terms.stream
        self._messages: list[Any] = []
        options: dict[str, Any] = {"num_predict": terms.output_tokens}
        if terms.temperature is not None:
            options["temperature"] = terms.temperature
        self._asked: dict[str, Any] = {"model": terms.model, "options": options}
        if terms.thinks:
            self._asked["think"] = True
        if terms.tools:
            self._asked["tools"] = [
                {"type": "function", "function": {"name": name, "parameters": SCHEMA}}
                for name in terms.tools
            ]

    def ask(self, text: str) -> Told:
        """See `Talk`."""
        self._messages.append(ollama.Message(role="user", content=text))
        return self._hear()

    def give(self, results: Sequence[Given]) -> Told:
        """See `Talk`."""
        for _, name, result in results:
            self._messages.append(ollama.Message(role="tool", content=result.text, tool_name=name))
        return self._hear()

    def _hear(self) -> Told:
        client: Any = self._client
        chat = client.chat
        asked = {**self._asked, "messages": self._messages}
        lines = list(chat(**asked, stream=True)) if self._stream else [chat(**asked)]
        told = from_ollama(lines)
        calls = [call for line in lines for call in line.message.tool_calls or ()]
        self._messages.append(
            ollama.Message(role="assistant", content=told.text, tool_calls=calls or None)
        )
        return told


def from_ollama(lines: Sequence[ollama.ChatResponse]) -> Told:
    """What the lines of a stream tell, or the one of a whole answer."""
    last = lines[-1]
    calls: list[Call] = [
        ("", call.function.name, dict(call.function.arguments))
        for line in lines
        for call in line.message.tool_calls or ()
    ]
    stop = OLLAMA_STOPS[last.done_reason or ""] if last.done else None
    usage = None
    if last.done:
        usage = Usage(
            uncached_input_tokens=last.prompt_eval_count or 0,
            visible_output_tokens=last.eval_count or 0,
        )
    return Told(
        text="".join(line.message.content or "" for line in lines),
        calls=tuple(calls),
        stop="tool_calls" if calls and stop == "end" else stop,
        reasoning="".join(line.message.thinking or "" for line in lines),
        usage=usage,
    )
