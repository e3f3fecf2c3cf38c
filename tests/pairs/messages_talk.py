"""Anthropic's Messages."""

import base64
from collections.abc import Sequence
from typing import Any

from anthropic import Anthropic, DefaultHttpxClient

from tests.pairs.talk import BUDGET_TOKENS, SCHEMA, Given, Heard, Terms
from tests.pairs.told import Told, from_message


class MessagesTalk:
    """See `Talk`."""

    def __init__(self, terms: Terms) -> None:
        self.heard = Heard()
        self._client = Anthropic(
            base_url=terms.url,
            api_key=terms.key,
            max_retries=0,
            timeout=terms.timeout_s,
            http_client=DefaultHttpxClient(event_hooks=self.heard.hooks),
        )
        self._stream = terms.stream
        self._messages: list[Any] = []
        self._asked: dict[str, Any] = {"model": terms.model, "max_tokens": terms.output_tokens}
        if terms.thinks:
            self._asked["thinking"] = {"type": "enabled", "budget_tokens": BUDGET_TOKENS}
        if terms.temperature is not None:  # the SDK leaves it to the API's version to refuse it
            self._asked["extra_body"] = {"temperature": terms.temperature}
        if terms.tools:
            self._asked["tools"] = [{"name": name, "input_schema": SCHEMA} for name in terms.tools]

    def ask(self, text: str) -> Told:
        """See `Talk`."""
        self._messages.append({"role": "user", "content": text})
        return self._hear()

    def give(self, results: Sequence[Given]) -> Told:
        """See `Talk`."""
        content: list[dict[str, Any]] = []
        for id_, _, result in results:
            blocks: list[dict[str, Any]] = [{"type": "text", "text": result.text}]
            if result.image is not None:
                data = base64.b64encode(result.image).decode()
                source = {"type": "base64", "media_type": "image/png", "data": data}
                blocks.append({"type": "image", "source": source})
            one: dict[str, Any] = {"type": "tool_result", "tool_use_id": id_, "content": blocks}
            content.append({**one, "is_error": True} if result.error else one)
        self._messages.append({"role": "user", "content": content})
        return self._hear()

    def _hear(self) -> Told:
        asked = {**self._asked, "messages": self._messages}
        messages: Any = self._client.messages
        if self._stream:
            with messages.stream(**asked) as stream:
                message = stream.get_final_message()
        else:
            message = messages.create(**asked)
        self._messages.append({"role": "assistant", "content": message.content})
        return from_message(message)
