"""The head of a request for content: the path has the model, and nobody else."""

import pytest

from detente.canonical.failure import ClientFault
from detente.dialects.gemini_generate import SPEC
from detente.dialects.gemini_generate.head import read_request


def test_the_path_names_the_model() -> None:
    head = read_request(b'{"contents":[]}')
    assert (head.model, head.stream, head.asks_usage) == ("", False, True)
    assert read_request(b'{"model":"models/gemini-x","contents":[]}').model == "gemini-x"


def edited(body: bytes) -> bytes:
    return SPEC.edit_request(body, read_request(body), model="other")


@pytest.mark.parametrize(
    "body",
    [
        b'{"contents":[{"role":"model","parts":[]}]}',
        b'{"contents":[],"tools":[{"parameters":{"model":{"type":"STRING"}}}]}',
        b'{"contents":[{"parts":[{"text":"\\u0061"}]}]}',
    ],
)
def test_the_body_stays_as_it_is(body: bytes) -> None:
    assert edited(body) is body


@pytest.mark.parametrize(
    "body",
    [
        b'{"model":"models/gemini-x", "contents":[]}',
        b'{"mode\\u006c":"models/gemini-x","contents":[]}',
        b'{"contents":[],"model" :\n"models/gemini-x"}',
    ],
)
def test_another_model_than_the_paths_does_not_travel(body: bytes) -> None:
    assert edited(body) == b'{"contents":[]}'


def test_two_models_are_refused() -> None:
    with pytest.raises(ClientFault, match="twice"):
        edited(b'{"model":"models/a","contents":[],"mode\\u006c":""}')


@pytest.mark.parametrize(
    ("more", "features"),
    [
        ("", ()),
        ('"tools":[{"googleSearch":{}}]', ("tools",)),
        ('"tools":[]', ()),
        ('"generationConfig":{"thinkingConfig":{"thinkingBudget":5}}', ("reasoning",)),
        ('"generation_config":{"thinking_config":{"thinking_level":"LOW"}}', ("reasoning",)),
        ('"generationConfig":{"thinkingConfig":{"thinkingBudget":0}}', ()),
        ('"generationConfig":{"responseJsonSchema":{}}', ("structured_output",)),
        ('"generation_config":{"response_schema":{}}', ("structured_output",)),
        ('"generationConfig":7', ()),
    ],
)
def test_what_a_request_needs(more: str, features: tuple[str, ...]) -> None:
    body = f'{{"contents":[]{"," if more else ""}{more}}}'.encode()
    assert read_request(body).features == features


@pytest.mark.parametrize(
    ("limit", "tokens"),
    [("7", 7), ('"7"', 7), ("7.0", 7), ("0", None), ("-1", None), ('"x"', None)],
)
def test_the_clients_own_bound(limit: str, tokens: int | None) -> None:
    body = f'{{"generationConfig":{{"maxOutputTokens":{limit}}}}}'.encode()
    read = read_request(body).output_tokens_max
    assert read == tokens


def test_what_is_no_object_is_the_clients_fault() -> None:
    for body in (b"", b"[]", b'{"model":1}', b"\xff"):
        with pytest.raises(ClientFault):
            read_request(body)


@pytest.mark.parametrize("name", [b"candidateCount", b"candidate_count"])
def test_candidates_are_counted(name: bytes) -> None:
    body = b'{"contents":[],"generationConfig":{"' + name + b'":3,"maxOutputTokens":8}}'
    head = read_request(body)
    assert (head.answers_asked, head.output_tokens_max) == (3, 8)


def test_of_two_spellings_the_larger_bound_is_believed() -> None:
    config = b'"candidateCount":1,"candidate_count":3,"maxOutputTokens":"1","max_output_tokens":8.0'
    head = read_request(b'{"contents":[],"generationConfig":{' + config + b"}}")
    assert (head.answers_asked, head.output_tokens_max) == (3, 8)
