"""The inputs of Cohere's embeddings: texts, images, or mixtures of both.

>>> read_inputs({"texts": ["hi"]}, "cohere_embeddings")[0][0].text
'hi'
"""

from typing import Final

from detente.canonical.content import Inline, Linked, Media, Native, Part, Text
from detente.canonical.embedding import EmbeddingInput
from detente.canonical.extras import Json, Obj
from detente.canonical.model import Dialect
from detente.dialects._codec import fields
from detente.dialects._codec.embedding_losses import MEDIA_FEATURES
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.media import data_url, inline_of
from detente.dialects._codec.rest import foreign, laid_over, marked, rest

API: Final = "Cohere's API"
_BARE: Final = "bare"
"""The mark of an image whose URL stands by itself, as Amazon's documentation has it."""

_LINKED: Final = "linked"
"""The mark of an image that Cohere's own client gave by a URL, for Cohere to judge."""

_CONTENT: Final = frozenset(("content",))
_TEXT: Final = frozenset(("type", "text"))
_IMAGE: Final = frozenset(("type", "image_url"))


def read_inputs(wire: Obj, dialect: Dialect) -> tuple[tuple[EmbeddingInput, ...], str]:
    """The inputs, and the member in which they came; raises `Misfit`."""
    given = [name for name in ("texts", "images", "inputs") if wire.get(name) is not None]
    if len(given) != 1:
        raise Misfit("texts", "must be given, or else `images` or `inputs`, and one of them only")
    form = given[0]
    if form == "inputs":
        return fields.each(wire, form, lambda item: _input(item, dialect)), form
    texts = fields.texts(wire, form)
    if form == "texts":
        return tuple([EmbeddingInput(parts=(Text(text=text),)) for text in texts]), form
    return tuple([EmbeddingInput(parts=(_image(url, {}, dialect),)) for url in texts]), form


def inputs_told(
    inputs: tuple[EmbeddingInput, ...], dialect: Dialect, marks: tuple[str, ...], losses: Losses
) -> Obj:
    """The inputs in the simplest member that holds them all, or in that of `marks`."""
    if "inputs" not in marks:
        texts = [one.text for one in inputs]
        if None not in texts:
            return {"texts": list(texts)}
        images = [_lone_image(one, dialect) for one in inputs]
        if None not in images:
            return {"images": list(images)}
    told: list[Json] = []
    for index, one in enumerate(inputs):
        path = f"inputs[{index}]"
        if one.tokens:
            losses.lose("embedding_tokens", path, f"{API} takes text, not token numbers")
        parts = [
            part
            for at, content in enumerate(one.parts)
            if (part := _told(content, dialect, f"{path}.parts[{at}]", losses)) is not None
        ]
        wire: Obj = {"content": list[Json](parts)}
        told.append(laid_over(wire, one.extras, dialect))
    return {"inputs": told}


def _lone_image(one: EmbeddingInput, dialect: Dialect) -> str | None:
    part = one.parts[0] if len(one.parts) == 1 else None
    if not isinstance(part, Media) or part.kind != "image":
        return None
    if isinstance(part.source, Linked) and marked(part.extras, dialect, _LINKED):
        return part.source.url
    return data_url(part.source) if isinstance(part.source, Inline) else None


def _told(part: Part, dialect: Dialect, path: str, losses: Losses) -> Obj | None:
    """One part of an input, None where it has no place here."""
    if isinstance(part, Native) and part.dialect == dialect:
        return part.value
    if isinstance(part, Text):
        wire: Obj = {"type": "text", "text": part.text}
    elif isinstance(part, Media):
        url = _url(part, dialect, path, losses)
        if url is None:
            return None
        bare = marked(part.extras, dialect, _BARE)
        wire = {"type": "image_url", "image_url": url if bare else {"url": url}}
    else:
        losses.lose("native_part", path, f"{API} embeds text and images")
        return None
    for key, _ in foreign((part.extras,), dialect):
        losses.lose("unknown_member", f"{path}.{key}", f"{API} does not know it")
    return laid_over(wire, part.extras, dialect)


def _url(part: Media, dialect: Dialect, path: str, losses: Losses) -> str | None:
    if part.kind != "image":
        losses.lose(MEDIA_FEATURES[part.kind], path, f"{API} embeds text and images")
        return None
    if isinstance(part.source, Inline):
        return data_url(part.source)
    if isinstance(part.source, Linked) and marked(part.extras, dialect, _LINKED):
        return part.source.url
    losses.lose("image_url", path, f"{API} takes images as `data:` URLs")
    return None


def _input(item: Obj, dialect: Dialect) -> EmbeddingInput:
    return EmbeddingInput(
        parts=fields.each(item, "content", lambda part: _part(part, dialect)),
        extras=rest(item, _CONTENT, dialect),
    )


def _part(item: Obj, dialect: Dialect) -> Part:
    kind = item.get("type")
    if kind == "text":
        return Text(text=fields.text(item, "text"), extras=rest(item, _TEXT, dialect))
    told = item.get("image_url")
    if kind != "image_url" or type(told) not in (str, dict):
        return Native(dialect=dialect, name=str(kind)[:64], value=item)
    if type(told) is str:
        return _image(told, item, dialect, _BARE)
    inner = fields.member(item, "image_url")
    beyond: Obj = {key: value for key, value in inner.items() if key != "url"}
    known: Obj = {**item, "image_url": beyond} if beyond else item
    return _image(fields.text(inner, "url"), known, dialect)


def _image(url: str, item: Obj, dialect: Dialect, *marks: str) -> Media:
    """An image at `url`, of which `item` says the rest."""
    source = inline_of(url)
    if source is None:
        marks = (*marks, _LINKED)
    members: Obj = {}
    told = item.get("image_url")
    if type(told) is dict and "url" not in told:
        members["image_url"] = told
    extras = rest(item, _IMAGE, dialect, members=members, marks=marks)
    return Media(kind="image", source=source or Linked(url=url), extras=extras)
