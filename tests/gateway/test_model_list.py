"""GET models: under every name, in either dialect, and nothing that is not the caller's."""

import msgspec
import pytest

from detente.canonical.failure import ClientFault
from detente.canonical.model import Model
from detente.dialects import Route
from detente.gateway.http.message import Request
from detente.gateway.model_list import is_anthropic, model_list

MODELS = (
    Model(name="a/one", publisher="a", aliases=("one", "uno"), released=None, open_weights=False),
    Model(name="b/two", publisher="b", aliases=(), released=None, open_weights=False),
)
LIST = Route(dialect=None, operation="list_models")


def asking(**headers: str) -> Request:
    named = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
    return Request(b"GET", b"/", named, b"", keep_alive=True, chunked=True, received_at=0.0)


def ids(body: bytes) -> list[str]:
    return [row["id"] for row in msgspec.json.decode(body)["data"]]


def test_every_name_is_listed() -> None:
    assert ids(model_list(LIST, MODELS, asking())) == ["a/one", "one", "uno", "b/two"]
    assert ids(model_list(LIST, (), asking())) == []


def test_anthropics_client_is_told_by_its_header() -> None:
    request = asking(anthropic_version="2023-06-01")
    assert is_anthropic(request)
    assert b'"type":"model"' in model_list(LIST, MODELS, request)
    assert b'"object":"list"' in model_list(LIST, MODELS, asking())


def test_one_model_by_any_of_its_names() -> None:
    for name in ("a/one", "uno"):
        route = Route(dialect=None, operation="get_model", path_model=name)
        assert msgspec.json.decode(model_list(route, MODELS, asking()))["id"] == name


def test_a_model_that_is_not_the_callers_is_unknown() -> None:
    route = Route(dialect=None, operation="get_model", path_model="c/three")
    with pytest.raises(ClientFault) as fault:
        model_list(route, MODELS, asking())
    assert fault.value.failure.code == "model_unknown"


def test_cohere_is_told_by_its_name_and_ollama_by_its_paths() -> None:
    client = asking(x_fern_sdk_name="cohere")
    assert [row["name"] for row in msgspec.json.decode(model_list(LIST, MODELS, client))["models"]]
    tags = Route(dialect=None, operation="list_models", ollama_style=True)
    listed = msgspec.json.decode(model_list(tags, MODELS, asking()))["models"]
    assert [row["model"] for row in listed] == ["a/one", "one", "uno", "b/two"]
    version = Route(dialect=None, operation="get_version", ollama_style=True)
    assert msgspec.json.decode(model_list(version, (), asking())).keys() == {"version"}
