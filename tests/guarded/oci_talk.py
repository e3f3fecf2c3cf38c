"""Oracle Cloud's chat, in the format that most models have and in Cohere's.

Its client reads no stream: a program reads the events as JSON, which is done here as its examples
do. In Cohere's format each event adds to the message, and calls come whole.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from oci.generative_ai_inference import (  # pyright: ignore[reportMissingTypeStubs] - it has none
    models,
)

from detente.canonical.response import StopReason
from tests.pairs.oracle import oracle_client
from tests.pairs.talk import SCHEMA, Given, Heard, Terms
from tests.pairs.told import Call, Told, arguments_of

COMPARTMENT: Final = "ocid1.compartment.oc1..clients"
STOPS: Final[dict[str, StopReason]] = {
    "stop": "end",
    "length": "length",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
    "COMPLETE": "end",
    "MAX_TOKENS": "length",
    "TOOL_CALL": "tool_calls",
}


class StreamFailed(Exception):
    """A stream ended with an error."""


class GenericTalk:
    """See `Talk`."""

    def __init__(self, terms: Terms) -> None:
        self.heard = Heard()
        self._client = oracle_client(terms.url, terms.key)
        self._model, self._stream = terms.model, terms.stream
        self._messages: list[Any] = []
        self._settings: dict[str, Any] = {"max_tokens": terms.output_tokens}
        if terms.temperature is not None:
            self._settings["temperature"] = terms.temperature
        if terms.tools:
            self._settings["tools"] = [self._tool(name) for name in terms.tools]

    def ask(self, text: str) -> Told:
        """See `Talk`."""
        self._messages.append(self._said(text))
        return self._hear()

    def give(self, results: Sequence[Given]) -> Told:
        """See `Talk`."""
        for id_, _, result in results:
            self._messages.append(self._result(id_, result.text))
        return self._hear()

    def _hear(self) -> Told:
        details = models.ChatDetails(
            compartment_id=COMPARTMENT,
            serving_mode=models.OnDemandServingMode(model_id=self._model),
            chat_request=self._request(),
        )
        response = self._client.chat(details)
        self.heard.headers = {name.lower(): text for name, text in response.headers.items()}
        if self._stream:
            told = told_by([json.loads(event.data) for event in response.data.events()])
        else:
            told = self._whole(response.data.chat_response)
        self._messages.append(self._answered(told))
        return told

    def _request(self) -> Any:
        return models.GenericChatRequest(
            messages=self._messages, is_stream=self._stream, **self._settings
        )

    def _whole(self, answer: Any) -> Told:
        (choice,) = answer.choices
        message = choice.message
        return Told(
            text="".join(part.text for part in message.content or ()),
            calls=tuple(
                (call.id, call.name, arguments_of(call.arguments))
                for call in message.tool_calls or ()
            ),
            stop=STOPS[choice.finish_reason],
        )

    def _tool(self, name: str) -> Any:
        return models.FunctionDefinition(name=name, parameters=SCHEMA)

    def _said(self, text: str) -> Any:
        return models.UserMessage(content=[models.TextContent(text=text)])

    def _result(self, id_: str, text: str) -> Any:
        return models.ToolMessage(tool_call_id=id_, content=[models.TextContent(text=text)])

    def _answered(self, told: Told) -> Any:
        calls = [
            models.FunctionCall(id=id_, name=name, arguments=json.dumps(arguments))
            for id_, name, arguments in told.calls
        ]
        content = [models.TextContent(text=told.text)] if told.text else None
        return models.AssistantMessage(content=content, tool_calls=calls or None)


class CoheresTalk(GenericTalk):
    """See `Talk`."""

    def _request(self) -> Any:
        return models.CohereChatRequestV2(
            messages=self._messages, is_stream=self._stream, **self._settings
        )

    def _whole(self, answer: Any) -> Told:
        message = answer.message
        calls: list[Call] = [
            (call.id, call.function["name"], arguments_of(call.function["arguments"]))
            for call in message.tool_calls or ()
        ]
        return Told(
            text="".join(part.text for part in message.content or ()),
            calls=tuple(calls),
            stop=STOPS[answer.finish_reason],
        )

    def _tool(self, name: str) -> Any:
        function = models.Function(name=name, parameters=SCHEMA)
        return models.CohereToolV2(type="FUNCTION", function=function)

    def _said(self, text: str) -> Any:
        return models.CohereUserMessageV2(content=[models.CohereTextContentV2(text=text)])

    def _result(self, id_: str, text: str) -> Any:
        content = [models.CohereTextContentV2(text=text)]
        return models.CohereToolMessageV2(tool_call_id=id_, content=content)

    def _answered(self, told: Told) -> Any:
        calls = [
            models.CohereToolCallV2(
                id=id_,
                type="FUNCTION",
                function={"name": name, "arguments": json.dumps(arguments)},
            )
            for id_, name, arguments in told.calls
        ]
        content = [models.CohereTextContentV2(text=told.text)] if told.text else None
        return models.CohereAssistantMessageV2(content=content, tool_calls=calls or None)


def told_by(chunks: Sequence[Mapping[str, Any]]) -> Told:
    """What the chunks of a stream tell, in either format; raises `StreamFailed`."""
    text = ""
    stop: StopReason | None = None
    calls: list[dict[str, str]] = []
    for chunk in chunks:
        if "code" in chunk:  # which is an error, and for its programs to raise
            raise StreamFailed(chunk["message"])
        message: Any = chunk.get("message", {})
        text += "".join(part.get("text") or "" for part in message.get("content") or ())
        for call in message.get("toolCalls") or ():
            function: Any = call.get("function", call)
            if "id" in call:
                calls.append({"id": call["id"], "name": function["name"], "arguments": ""})
            calls[-1]["arguments"] += function.get("arguments") or ""
        if "finishReason" in chunk:
            stop = STOPS[chunk["finishReason"]]
    return Told(
        text=text,
        calls=tuple((one["id"], one["name"], arguments_of(one["arguments"])) for one in calls),
        stop=stop,
    )
