"""Listing models in OpenAI's form.

>>> listing(("m",))["data"][0]["id"]
'm'
"""

from detente.simulator.dialects.chat import CREATED
from detente.simulator.exchange import JsonObject, Reply, RequestError, Setting, json_reply


def listing(models: tuple[str, ...]) -> dict[str, list[JsonObject]]:
    """What there is."""
    return {"data": [_entry(model) for model in models]}


def answer_list(setting: Setting) -> Reply:
    """The answer to `GET /models`."""
    return json_reply({"object": "list", **listing(setting.models)})


def answer_one(model: str, setting: Setting) -> Reply:
    """The answer to `GET /models/{id}`; raises `RequestError` 404."""
    check(model, setting)
    return json_reply(_entry(model))


def check(model: str, setting: Setting) -> None:
    """Raises `RequestError` 404 where `model` is not served."""
    if model not in setting.models:
        raise RequestError(
            404,
            f"The model `{model}` does not exist or you do not have access to it.",
            code="model_not_found",
        )


def check_for_response(model: str, setting: Setting) -> None:
    """Raises `RequestError` 400 where `model` is not served: so answers the Responses endpoint."""
    if model not in setting.models:
        raise RequestError(
            400,
            f"The requested model '{model}' does not exist.",
            code="model_not_found",
            param="model",
        )


def _entry(model: str) -> JsonObject:
    return {"id": model, "object": "model", "created": CREATED, "owned_by": "simulator"}
