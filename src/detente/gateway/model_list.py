"""GET models: what a caller may use, under every name that a request may carry."""

from detente.canonical.failure import ClientFault
from detente.canonical.model import Model
from detente.dialects import (
    ListedModel,
    Route,
    cohere_model,
    cohere_models,
    model_body,
    model_to_show,
    models_body,
    ollama_model,
    ollama_models,
    ollama_version,
)
from detente.gateway.http.message import Request


def model_list(route: Route, allowed: tuple[Model, ...], request: Request) -> bytes:
    """The list of `allowed`, or the one that the path names; raises `ClientFault`."""
    listed = tuple(
        ListedModel(id=name, publisher=model.publisher, released=model.released)
        for model in allowed
        for name in (model.name, *model.aliases)
    )
    match route.operation:
        case "get_version":
            return ollama_version()
        case "list_models":
            return _list(listed, route, request)
        case _:
            return _one(listed, route, request)


def _list(listed: tuple[ListedModel, ...], route: Route, request: Request) -> bytes:
    if route.ollama_style:
        return ollama_models(listed)
    if is_cohere(request):
        return cohere_models(listed)
    google = is_google(route, request)
    return models_body(listed, anthropic=not google and is_anthropic(request), google=google)


def _one(listed: tuple[ListedModel, ...], route: Route, request: Request) -> bytes:
    """The model that the path names, or for Ollama's clients the body."""
    named = model_to_show(request.body) if route.ollama_style else route.path_model
    model = next((model for model in listed if model.id == named), None)
    if model is None:
        raise ClientFault(
            "model_unknown", "this model is unknown here, or not for this key; see `GET /v1/models`"
        )
    if route.ollama_style:
        return ollama_model(model)
    if is_cohere(request):
        return cohere_model(model)
    google = is_google(route, request)
    return model_body(model, anthropic=not google and is_anthropic(request), google=google)


def is_anthropic(request: Request) -> bool:
    """Whether Anthropic's client asks: it names the version of its API."""
    return b"anthropic-version" in request.headers


def is_cohere(request: Request) -> bool:
    """Whether Cohere's client asks: it names itself."""
    return request.headers.get(b"x-fern-sdk-name", b"").startswith(b"cohere")


def is_google(route: Route | None, request: Request) -> bool:
    """Whether Google's client asks: it has paths of its own, and sends its key in its own way."""
    return (route is not None and route.google_style) or b"x-goog-api-key" in request.headers
