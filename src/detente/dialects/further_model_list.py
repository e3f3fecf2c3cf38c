"""Models as Cohere's and Ollama's clients list them, beside `model_list`.

Says of a model what is known of every one: its names, its publisher and its release. Nobody's files
are here, so that sizes are 0 and digests empty.

>>> ollama_models((ListedModel(id="gpt-4", publisher="openai"),))[:26]
b'{"models":[{"name":"gpt-4"'
"""

from datetime import UTC, datetime
from typing import Final

import msgspec

from detente.dialects._framing.heads import decode_head
from detente.dialects.model_list import ListedModel

OLLAMA_VERSION: Final = "0.13.0"
"""The version of Ollama whose API is spoken; clients ask for it before they use what is newer."""

_ENCODE: Final = msgspec.json.Encoder().encode
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class CohereModel(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of Cohere's list."""

    name: str
    is_deprecated: bool = False
    finetuned: bool = False


class CohereModels(msgspec.Struct, frozen=True, kw_only=True):
    """Cohere's list, on one page."""

    models: tuple[CohereModel, ...]


class OllamaDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What Ollama tells of a model's files."""

    parent_model: str = ""
    format: str = ""
    family: str
    families: tuple[str, ...]
    parameter_size: str = ""
    quantization_level: str = ""


class OllamaModel(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of Ollama's list; `name` and `model` are the same."""

    name: str
    model: str
    modified_at: datetime
    size: int = 0
    digest: str = ""
    details: OllamaDetails


class OllamaModels(msgspec.Struct, frozen=True, kw_only=True):
    """Ollama's list."""

    models: tuple[OllamaModel, ...]


class OllamaShown(msgspec.Struct, frozen=True, kw_only=True):
    """One model, shown; what it can do beyond talking and calling is the deployments' to say."""

    details: OllamaDetails
    model_info: dict[str, str]
    capabilities: tuple[str, ...] = ("completion", "tools")
    modified_at: datetime


class OllamaVersion(msgspec.Struct, frozen=True, kw_only=True):
    """The version that is spoken."""

    version: str = OLLAMA_VERSION


class ShowRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which model to show; `name` is the older word."""

    model: str = ""
    name: str = ""


_SHOW: Final = msgspec.json.Decoder(ShowRequest)


def cohere_models(models: tuple[ListedModel, ...]) -> bytes:
    """The whole list for Cohere's clients."""
    return _ENCODE(CohereModels(models=tuple(CohereModel(name=model.id) for model in models)))


def cohere_model(model: ListedModel) -> bytes:
    """One model for Cohere's clients."""
    return _ENCODE(CohereModel(name=model.id))


def ollama_models(models: tuple[ListedModel, ...]) -> bytes:
    """The whole list for Ollama's clients."""
    return _ENCODE(OllamaModels(models=tuple(_ollama(model) for model in models)))


def ollama_model(model: ListedModel) -> bytes:
    """One model for Ollama's clients."""
    info = {"general.architecture": model.publisher, "general.basename": model.id}
    shown = OllamaShown(
        details=_details(model), model_info=info, modified_at=model.released or _EPOCH
    )
    return _ENCODE(shown)


def ollama_version() -> bytes:
    """The version for Ollama's clients."""
    return _ENCODE(OllamaVersion())


def model_to_show(body: bytes) -> str:
    """The model that Ollama's client asks to be shown; raises `ClientFault`."""
    asked = decode_head(_SHOW, body)
    return asked.model or asked.name


def _ollama(model: ListedModel) -> OllamaModel:
    return OllamaModel(
        name=model.id,
        model=model.id,
        modified_at=model.released or _EPOCH,
        details=_details(model),
    )


def _details(model: ListedModel) -> OllamaDetails:
    return OllamaDetails(family=model.publisher, families=(model.publisher,))
