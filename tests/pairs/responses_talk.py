"""OpenAI's Responses, without state at the platform: items are handed back."""

import base64
from collections.abc import Sequence
from typing import Any

from openai import DefaultHttpxClient, OpenAI

from tests.pairs.talk import SCHEMA, Given, Heard, Result, Terms
from tests.pairs.told import Told, from_responses


class ResponsesTalk:
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
        self._input: list[Any] = []
        self._asked: dict[str, Any] = {
            "model": terms.model,
            "max_output_tokens": terms.output_tokens,
            "store": False,
        }
        if terms.thinks:
            self._asked["reasoning"] = {"effort": "low", "summary": "auto"}
            self._asked["include"] = ["reasoning.encrypted_content"]
        if terms.temperature is not None:
            self._asked["temperature"] = terms.temperature
        if terms.tools:
            self._asked["tools"] = [
                {"type": "function", "name": name, "parameters": SCHEMA, "strict": False}
                for name in terms.tools
            ]

    def ask(self, text: str) -> Told:
        """See `Talk`."""
        self._input.append({"role": "user", "content": text})
        return self._hear()

    def give(self, results: Sequence[Given]) -> Told:
        """See `Talk`."""
        self._input += [
            {"type": "function_call_output", "call_id": id_, "output": _output(result)}
            for id_, _, result in results
        ]
        return self._hear()

    def _hear(self) -> Told:
        asked = {**self._asked, "input": self._input}
        responses: Any = self._client.responses
        if self._stream:
            with responses.stream(**asked) as stream:
                short = [event.response for event in stream if self._note(event)]
                response = short[0] if short else stream.get_final_response()
        else:
            response = responses.create(**asked)
        self._input += [item.to_dict() for item in response.output]
        return from_responses(response)

    def _note(self, event: Any) -> bool:
        """Whether the answer ends here, cut short: this SDK's helper looks for whole ones only, and
        hands an error on as an event, too."""
        if event.type == "error":
            self.heard.trouble = event.message
        elif event.type == "response.failed":
            self.heard.trouble = event.response.error.message
        return event.type == "response.incomplete"


def _output(result: Result) -> Any:
    text = f"error: {result.text}" if result.error else result.text
    if result.image is None:
        return text
    url = "data:image/png;base64," + base64.b64encode(result.image).decode()
    return [
        {"type": "input_text", "text": text},
        {"type": "input_image", "image_url": url, "detail": "auto"},
    ]
