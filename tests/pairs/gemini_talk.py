"""Google's generateContent."""

from collections.abc import Sequence
from typing import Any

import httpx
from google import genai
from google.genai import types

from tests.pairs.talk import SCHEMA, Given, Heard, Result, Terms
from tests.pairs.told import Told, from_gemini


class GeminiTalk:
    """See `Talk`."""

    def __init__(self, terms: Terms) -> None:
        self.heard = Heard()
        options = types.HttpOptions(
            base_url=terms.url,
            timeout=int(terms.timeout_s * 1000),
            httpx_client=httpx.Client(event_hooks=self.heard.hooks),
        )
        client = genai.Client(api_key=terms.key, http_options=options)
        self._client = client  # which closes its connections when it goes
        self._models: Any = client.models
        self._model, self._stream = terms.model, terms.stream
        self._contents: list[Any] = []
        declared = [
            types.FunctionDeclaration(name=name, parameters_json_schema=SCHEMA)
            for name in terms.tools
        ]
        self._config = types.GenerateContentConfig(
            max_output_tokens=terms.output_tokens,
            temperature=terms.temperature,
            thinking_config=types.ThinkingConfig(include_thoughts=True) if terms.thinks else None,
            tools=[types.Tool(function_declarations=declared)] if declared else None,
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        )

    def ask(self, text: str) -> Told:
        """See `Talk`."""
        self._contents.append(types.Content(role="user", parts=[types.Part(text=text)]))
        return self._hear()

    def give(self, results: Sequence[Given]) -> Told:
        """See `Talk`."""
        parts = [
            types.Part(function_response=_response(id_, name, result))
            for id_, name, result in results
        ]
        self._contents.append(types.Content(role="user", parts=parts))
        return self._hear()

    def _hear(self) -> Told:
        asked = {"model": self._model, "contents": self._contents, "config": self._config}
        answers: list[types.GenerateContentResponse]
        if self._stream:
            answers = list(self._models.generate_content_stream(**asked))
        else:
            answers = [self._models.generate_content(**asked)]
        parts = [
            part
            for answer in answers
            for candidate in (answer.candidates or [])[:1]
            for part in (candidate.content and candidate.content.parts) or ()
        ]
        self._contents.append(types.Content(role="model", parts=parts))
        return from_gemini(answers)


def _response(id_: str, name: str, result: Result) -> types.FunctionResponse:
    parts: list[types.FunctionResponsePart] = []
    if result.image is not None:
        blob = types.FunctionResponseBlob(mime_type="image/png", data=result.image)
        parts.append(types.FunctionResponsePart(inline_data=blob))
    return types.FunctionResponse(
        id=id_ or None,
        name=name,
        response={"error" if result.error else "result": result.text},
        parts=parts or None,
    )
