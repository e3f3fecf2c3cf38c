"""What every encoder of embeddings names alike: inputs that are no text, members without a place.

>>> from detente.canonical.embedding import EmbeddingInput
>>> losses = Losses()
>>> texts_of((EmbeddingInput(tokens=(1, 2)),), losses, "Cohere's API")
['']
>>> losses.found[0].what
'embedding_tokens'
"""

from collections.abc import Collection
from typing import Final

from detente.canonical.content import Media, Text
from detente.canonical.embedding import EmbeddingInput, EmbeddingRequest, EmbeddingResponse
from detente.canonical.model import Dialect
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import foreign

MEDIA_FEATURES: Final = {
    "image": "image",
    "audio": "audio_input",
    "video": "video_input",
    "document": "document",
}

_MEMBERS: Final = {
    "dimensions": "embedding_dimensions",
    "quantizations": "embedding_quantization",
    "task": "embedding_task",
    "title": "embedding_title",
    "truncate": "embedding_truncation",
    "input_tokens_max": "embedding_truncation",
    "user": "user",
}
_OF_INPUTS: Final = ("task", "title", "dimensions")


def lose_members(
    request: EmbeddingRequest, dialect: Dialect, carried: Collection[str], losses: Losses, api: str
) -> None:
    """Name all that the request says and an encoder of `dialect` does not write.

    `carried` are the members that it does write, `inputs.task` those of each input; `api` is what
    the sentences call the platform.
    """
    for name, feature in _MEMBERS.items():
        if name not in carried and getattr(request, name) not in (None, ()):
            losses.lose(feature, name, f"{api} has no such member")
    for index, one in enumerate(request.inputs):
        for name in _OF_INPUTS:
            if f"inputs.{name}" not in carried and getattr(one, name) is not None:
                losses.lose(_MEMBERS[name], f"inputs[{index}].{name}", f"{api} has one for all")
        for key, _ in foreign((one.extras,), dialect):
            losses.lose("unknown_member", f"inputs[{index}].{key}", f"{api} does not know it")
    for option in request.options:
        if option.dialect != dialect:
            losses.lose("native_option", option.name, f"{api} does not have it", option.severity)
    for key, _ in foreign((request.extras,), dialect):
        losses.lose("unknown_member", key, f"{api} does not know it")


def lose_of_answer(response: EmbeddingResponse, dialect: Dialect, losses: Losses) -> None:
    """Name what of an answer only another API's clients could be told."""
    extras = (response.extras, *(vector.extras for vector in response.vectors))
    for key, _ in foreign(extras, dialect):
        losses.lose("unknown_member", key, "this API has no such member")
    for option in response.options:
        if option.dialect != dialect:
            losses.lose("native_option", option.name, "only another API tells this", "drop")


def texts_of(inputs: tuple[EmbeddingInput, ...], losses: Losses, api: str) -> list[str]:
    """Each input as one text; what is none is named, and an empty text keeps its place."""
    return [text_of(one, f"inputs[{index}]", losses, api) for index, one in enumerate(inputs)]


def text_of(one: EmbeddingInput, path: str, losses: Losses, api: str) -> str:
    """One input as one text: its parts, a line each."""
    if (text := one.text) is not None:
        return text
    if one.tokens:
        losses.lose("embedding_tokens", path, f"{api} takes text, not token numbers")
    found: list[str] = []
    for index, part in enumerate(one.parts):
        if isinstance(part, Text):
            found.append(part.text)
        elif isinstance(part, Media):
            feature = MEDIA_FEATURES[part.kind]
            losses.lose(feature, f"{path}.parts[{index}]", f"{api} embeds text only")
        else:
            losses.lose("native_part", f"{path}.parts[{index}]", f"{api} embeds text only")
    if len(found) > 1:
        losses.lose("embedding_parts", path, f"{api} embeds one text, so the parts became lines")
    return "\n".join(found)
