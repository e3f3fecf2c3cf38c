"""Google's embeddings: the head; the path names the model, and so does each of a batch."""

import json

import pytest

from detente.canonical.failure import ClientFault
from detente.dialects.gemini_embeddings import SPEC


def test_head_and_edit() -> None:
    body = b'{"requests":[],"model":"models/m"}'
    head = SPEC.read_request(body)
    assert (head.model, head.stream, head.features) == ("m", False, ())
    assert SPEC.edit_request(body, head, model="y") is body


@pytest.mark.parametrize("body", [b"", b"[]", b'{"model": 3}'])
def test_what_is_no_request(body: bytes) -> None:
    with pytest.raises(ClientFault):
        SPEC.read_request(body)


@pytest.mark.parametrize(
    ("model", "named"), [("e-2", "models/e-2"), ("tunedModels/e", "tunedModels/e")]
)
def test_each_request_of_a_batch_names_the_platforms_model(model: str, named: str) -> None:
    inner = b'{"model":"models/ours","content":{"parts":[{"text":"\\u00e9 1.0"}]}}'
    body = b'{"requests": [%b, {"content": {}}] , "x": 1.50}' % inner
    head = SPEC.read_request(body)
    edited = SPEC.edit_request(body, head, model=model)
    first, second = json.loads(edited)["requests"]
    assert (first["model"], second) == (named, {"content": {}})
    assert first["content"]["parts"] == [{"text": "é 1.0"}]
    assert b'{"parts":[{"text":"\\u00e9 1.0"}]}' in edited
    assert b"1.50" in edited
    assert SPEC.edit_request(edited, head, model=model) is edited


@pytest.mark.parametrize("body", [b'{"requests": 1}', b'{"requests": [1]}', b'{"content": {}}'])
def test_other_shapes_are_the_platforms_to_refuse(body: bytes) -> None:
    assert SPEC.edit_request(body, SPEC.read_request(body), model="m") is body
