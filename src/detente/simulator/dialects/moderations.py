"""OpenAI's moderation, by the words of `harms`.

>>> answer(b'{"input": "a hateful text"}', SETTING).status
200
"""

from typing import Final

import msgspec

from detente.simulator.exchange import (
    JsonObject,
    Reply,
    RequestError,
    Setting,
    decode_body,
    json_reply,
)
from detente.simulator.harms import harms_in

MODELS: Final = ("omni-moderation-latest", "omni-moderation-2024-09-26")
CATEGORIES: Final = {
    "harassment": "harassment",
    "harassment/threatening": "",
    "sexual": "sexual",
    "hate": "hate",
    "hate/threatening": "",
    "illicit": "illicit",
    "illicit/violent": "",
    "self-harm": "self_harm",
    "self-harm/intent": "",
    "self-harm/instructions": "",
    "sexual/minors": "",
    "violence": "violence",
    "violence/graphic": "",
}
"""OpenAI's categories with the harm that is found as each, if any."""


class TextInput(msgspec.Struct, frozen=True, tag_field="type", tag="text"):
    """A part of one input."""

    text: str


class ImageInput(msgspec.Struct, frozen=True, tag_field="type", tag="image_url"):
    """An image, in which nothing is found."""

    image_url: dict[str, str]


class Body(msgspec.Struct, frozen=True):
    """What is read of a request: a text, several, or the parts of one input."""

    input: str | list[str | TextInput | ImageInput]
    model: str = MODELS[0]


def answer(body: bytes, setting: Setting) -> Reply:
    """One result for each text, or for all parts of one input; raises `RequestError`."""
    read = decode_body(body, Body)
    if read.model not in MODELS:
        raise RequestError(400, f"Invalid value for 'model' = {read.model}.", param="model")
    return json_reply(
        {
            "id": f"modr-{setting.request_id}",
            "model": MODELS[-1],
            "results": [_result(text) for text in _texts(read)],
        }
    )


def _texts(read: Body) -> list[str]:
    if isinstance(read.input, str):
        return [read.input]
    texts = [item for item in read.input if isinstance(item, str)]
    parts = [item.text for item in read.input if isinstance(item, TextInput)]
    if not read.input or 0 < len(texts) < len(read.input):
        raise RequestError(400, "Invalid type for 'input'.", param="input")
    return texts or ["\n".join(parts)]


def _result(text: str) -> JsonObject:
    harms = harms_in(text)
    found = {name: bool(harm) and harm in harms for name, harm in CATEGORIES.items()}
    return {
        "flagged": any(found.values()),
        "categories": found,
        "category_scores": {name: 0.98 if is_found else 0.0001 for name, is_found in found.items()},
        "category_applied_input_types": {name: ["text"] for name in found},
    }
