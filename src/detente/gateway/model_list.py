"""GET models: what a caller may use, under every name that a request may carry."""

from detente.canonical.failure import ClientFault
from detente.canonical.model import Model
from detente.dialects import ListedModel, Route, model_body, models_body
from detente.gateway.message import Request


def model_list(route: Route, allowed: tuple[Model, ...], request: Request) -> bytes:
    """The list of `allowed`, or the one that the path names; raises `ClientFault`."""
    listed = tuple(
        ListedModel(id=name, publisher=model.publisher, released=model.released)
        for model in allowed
        for name in (model.name, *model.aliases)
    )
    google = is_google(route, request)
    anthropic = not google and is_anthropic(request)
    if route.operation == "list_models":
        return models_body(listed, anthropic=anthropic, google=google)
    for model in listed:
        if model.id == route.path_model:
            return model_body(model, anthropic=anthropic, google=google)
    raise ClientFault(
        "model_unknown", "this model is unknown here, or not for this key; see `GET /v1/models`"
    )


def is_anthropic(request: Request) -> bool:
    """Whether Anthropic's client asks: it names the version of its API."""
    return b"anthropic-version" in request.headers


def is_google(route: Route | None, request: Request) -> bool:
    """Whether Google's client asks: it has paths of its own, and sends its key in its own way."""
    return (route is not None and route.google_style) or b"x-goog-api-key" in request.headers
