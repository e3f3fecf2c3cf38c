"""OpenAI's chat completions; a tool message has no place for an image, so the next one has."""

import base64
import json
from collections.abc import Sequence
from typing import Any

from openai import DefaultHttpxClient, OpenAI

from tests.pairs.talk import SCHEMA, Given, Heard, Terms
from tests.pairs.told import Told, from_chat
from tests.pairs.told_streamed import from_chat_chunks


class ChatTalk:
    """See `Talk`."""

    def __init__(self, terms: Terms) -> None:
        self.heard = Heard()
        self._client = OpenAI(
            base_url=terms.url + "/v1",
            api_key=terms.key,
            max_retries=0,
            timeout=terms.timeout_s,
            http_client=DefaultHttpxClient(event_hooks=self.heard.hooks),
        )
        self._stream = terms.stream
        self._messages: list[Any] = []
        self._asked: dict[str, Any] = {
            "model": terms.model,
            "max_completion_tokens": terms.output_tokens,
        }
        if terms.thinks:
            self._asked["reasoning_effort"] = "low"
        if terms.temperature is not None:
            self._asked["temperature"] = terms.temperature
        if terms.tools:
            self._asked["tools"] = [
                {"type": "function", "function": {"name": name, "parameters": SCHEMA}}
                for name in terms.tools
            ]

    def ask(self, text: str) -> Told:
        """See `Talk`."""
        self._messages.append({"role": "user", "content": text})
        return self._hear()

    def give(self, results: Sequence[Given]) -> Told:
        """See `Talk`."""
        for id_, _, result in results:
            text = f"error: {result.text}" if result.error else result.text
            self._messages.append({"role": "tool", "tool_call_id": id_, "content": text})
        images = [result.image for *_, result in results if result.image is not None]
        if images:
            self._messages.append({"role": "user", "content": [_image(one) for one in images]})
        return self._hear()

    def _hear(self) -> Told:
        asked = {**self._asked, "messages": self._messages}
        create: Any = self._client.chat.completions.create
        if not self._stream:
            completion = create(**asked)
            self._messages.append(completion.choices[0].message)
            return from_chat(completion)
        chunks = list(create(**asked, stream=True, stream_options={"include_usage": True}))
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


def _image(png: bytes) -> dict[str, Any]:
    url = "data:image/png;base64," + base64.b64encode(png).decode()
    return {"type": "image_url", "image_url": {"url": url}}
