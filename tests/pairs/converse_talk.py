"""Amazon's Converse, signed with an access key."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import boto3  # pyright: ignore[reportMissingTypeStubs] - it has none
from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs] - as above

from detente.gateway.callers.access_keys import access_key_id, secret_access_key
from tests.gateway.scripts import hashed
from tests.pairs.talk import BUDGET_TOKENS, SCHEMA, Given, Heard, Terms
from tests.pairs.told import Told, from_converse
from tests.pairs.told_streamed import from_converse_events

MASTER_KEY: Final = "a master key of the tests, long enough"
"""Of which the secrets of access keys are derived."""


class ConverseTalk:
    """See `Talk`."""

    def __init__(self, terms: Terms) -> None:
        self.heard = Heard()
        connect: Any = vars(boto3)["client"]
        access_key = access_key_id(hashed(terms.key))
        self._client = connect(
            "bedrock-runtime",
            endpoint_url=terms.url,
            region_name="us-east-1",
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_access_key(MASTER_KEY, access_key),
            config=Config(retries={"total_max_attempts": 1}, read_timeout=terms.timeout_s),
        )
        self._client.meta.events.register("after-call.bedrock-runtime", self._note)
        self._stream = terms.stream
        self._messages: list[Any] = []
        inference: dict[str, Any] = {"maxTokens": terms.output_tokens}
        self._asked: dict[str, Any] = {"modelId": terms.model, "inferenceConfig": inference}
        if terms.temperature is not None:
            inference["temperature"] = terms.temperature
        if terms.thinks:
            thinking = {"type": "enabled", "budget_tokens": BUDGET_TOKENS}
            self._asked["additionalModelRequestFields"] = {"thinking": thinking}
        if terms.tools:
            schema = {"json": SCHEMA}
            self._asked["toolConfig"] = {
                "tools": [
                    {"toolSpec": {"name": name, "inputSchema": schema}} for name in terms.tools
                ]
            }

    def ask(self, text: str) -> Told:
        """See `Talk`."""
        self._messages.append({"role": "user", "content": [{"text": text}]})
        return self._hear()

    def give(self, results: Sequence[Given]) -> Told:
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
        asked = {**self._asked, "messages": self._messages}
        if not self._stream:
            answer = self._client.converse(**asked)
            self._messages.append(answer["output"]["message"])
            return from_converse(answer)
        events = list(self._client.converse_stream(**asked)["stream"])
        self._messages.append({"role": "assistant", "content": _blocks(events)})
        return from_converse_events(events)

    def _note(self, http_response: Any, **_: object) -> None:
        self.heard.headers = {name.lower(): text for name, text in http_response.headers.items()}


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
