"""What a platform was sent of its own reasoning's state: read from the body, in its own words.

>>> states("gemini_generate", {"contents": [{"parts": [{"thoughtSignature": "abc"}]}]})
['abc']
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from detente.simulator.dialects.generate_turns import SENTINELS


def states(upstream: str, body: Any) -> list[str]:
    """The states; Google's words for a missing one are none."""
    return list(_READ[upstream](body))


def _chat(body: Any) -> Iterator[str]:
    """None: it shows no thoughts and takes none."""
    del body
    return iter(())


def _responses(body: Any) -> Iterator[str]:
    for item in body["input"]:
        if item.get("type") == "reasoning" and "encrypted_content" in item:
            yield item["encrypted_content"]


def _messages(body: Any) -> Iterator[str]:
    for message in body["messages"]:
        for block in message["content"] if type(message["content"]) is list else ():
            if block["type"] == "thinking":
                yield block["signature"]


def _gemini(body: Any) -> Iterator[str]:
    for content in body["contents"]:
        for part in content["parts"]:
            if part.get("thoughtSignature", SENTINELS[0]) not in SENTINELS:
                yield part["thoughtSignature"]


def _converse(body: Any) -> Iterator[str]:
    for message in body["messages"]:
        for block in message["content"]:
            if "reasoningContent" in block:
                yield block["reasoningContent"]["reasoningText"]["signature"]


_READ: Final[dict[str, Callable[[Any], Iterator[str]]]] = {
    "openai_chat": _chat,
    "openai_responses": _responses,
    "anthropic_messages": _messages,
    "gemini_generate": _gemini,
    "bedrock_converse": _converse,
    "bedrock_invoke": _messages,
}
