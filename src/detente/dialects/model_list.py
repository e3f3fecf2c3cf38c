"""GET models, as OpenAI's, Anthropic's and Google's clients expect it.

Which of them is the caller's to tell: Anthropic's clients send `anthropic-version`, Google's come
under paths of their own or send `x-goog-api-key`.

>>> models_body((ListedModel(id="openai/gpt-4", publisher="openai"),), anthropic=False)[:17]
b'{"object":"list",'
"""

from datetime import UTC, datetime
from typing import Final

import msgspec

_ENCODE: Final = msgspec.json.Encoder().encode
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class ListedModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model that the caller may name: `id` is a canonical name or an alias."""

    id: str
    publisher: str
    released: datetime | None = None


class OpenaiModel(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of OpenAI's list; `created` in seconds since 1970."""

    id: str
    object: str = "model"
    created: int
    owned_by: str


class OpenaiModels(msgspec.Struct, frozen=True, kw_only=True):
    """OpenAI's list."""

    object: str = "list"
    data: tuple[OpenaiModel, ...]


class AnthropicModel(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of Anthropic's list."""

    type: str = "model"
    id: str
    display_name: str
    created_at: datetime


class AnthropicModels(msgspec.Struct, frozen=True, kw_only=True):
    """Anthropic's list, on one page."""

    data: tuple[AnthropicModel, ...]
    has_more: bool = False
    first_id: str | None
    last_id: str | None


class GoogleModel(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of Google's list."""

    name: str
    display_name: str = msgspec.field(name="displayName")
    supported: tuple[str, ...] = msgspec.field(name="supportedGenerationMethods")


class GoogleModels(msgspec.Struct, frozen=True, kw_only=True):
    """Google's list, on one page."""

    models: tuple[GoogleModel, ...]


GOOGLE_METHODS: Final = ("generateContent", "streamGenerateContent", "countTokens")


def models_body(
    models: tuple[ListedModel, ...], *, anthropic: bool = False, google: bool = False
) -> bytes:
    """The whole list; an unknown release date is shown as 1970 where the API requires one."""
    if google:
        return _ENCODE(GoogleModels(models=tuple(_google(model) for model in models)))
    if not anthropic:
        return _ENCODE(OpenaiModels(data=tuple(_openai(model) for model in models)))
    ids = [model.id for model in models]
    return _ENCODE(
        AnthropicModels(
            data=tuple(_anthropic(model) for model in models),
            first_id=ids[0] if ids else None,
            last_id=ids[-1] if ids else None,
        )
    )


def model_body(model: ListedModel, *, anthropic: bool = False, google: bool = False) -> bytes:
    """One model."""
    if google:
        return _ENCODE(_google(model))
    return _ENCODE(_anthropic(model) if anthropic else _openai(model))


def _openai(model: ListedModel) -> OpenaiModel:
    created = int((model.released or _EPOCH).timestamp())
    return OpenaiModel(id=model.id, created=created, owned_by=model.publisher)


def _anthropic(model: ListedModel) -> AnthropicModel:
    return AnthropicModel(id=model.id, display_name=model.id, created_at=model.released or _EPOCH)


def _google(model: ListedModel) -> GoogleModel:
    return GoogleModel(name=f"models/{model.id}", display_name=model.id, supported=GOOGLE_METHODS)
