"""Citations and log probabilities, both ways."""

import pytest

from detente.canonical.content import Citation, TokenLogprob
from detente.canonical.extras import Json, Obj
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.losses import Losses
from detente.dialects.openai_responses.annotations import (
    annotation_of,
    annotations_of,
    citation_of,
    logprob_of,
    logprob_wire,
)


@pytest.mark.parametrize(
    "wire",
    [
        {"type": "url_citation", "url": "u", "title": "t", "start_index": 1, "end_index": 2},
        {"type": "url_citation", "url": "u", "new": 1},
        {"type": "file_citation", "file_id": "f", "filename": "n", "index": 3},
        {"type": "container_file_citation", "file_id": "f", "container_id": "c", "start_index": 1},
        {"type": "file_path", "file_id": "f", "index": 0},
        {"type": "brand_new", "x": [1]},
    ],
)
def test_annotations_come_back(wire: Obj) -> None:
    losses = Losses()
    assert annotation_of(citation_of(wire), "text", "p", losses, own=True) == wire
    assert losses.found == []


def test_a_foreign_citation_has_all_that_the_sdk_demands() -> None:
    losses = Losses()
    citations = (
        Citation(kind="url", url="u", title="t", start=1, end=2),
        Citation(kind="url", url="u", quote="q"),
        Citation(kind="url"),
        Citation(kind="file", file_id="f"),
        Citation(kind="file"),
    )
    assert annotations_of(citations, "text", "p", losses, own=False) == [
        {"type": "url_citation", "url": "u", "title": "t", "start_index": 1, "end_index": 2},
        {"type": "url_citation", "url": "u", "title": "u", "start_index": 0, "end_index": 4},
        {"type": "file_citation", "file_id": "f", "filename": "f", "index": 0},
    ]
    assert [str(loss) for loss in losses.found] == [
        "citations@p.citations[1].quote",
        "citations@p.citations[2]",
        "citations@p.citations[4]",
    ]


@pytest.mark.parametrize(
    "wire",
    [
        {"token": "a", "logprob": -0.5},
        {"token": "a", "logprob": -0.5, "bytes": [97], "top_logprobs": []},
        {"token": "a", "logprob": -1, "bytes": None, "new": 1},
        {
            "token": "a",
            "logprob": -0.5,
            "top_logprobs": [{"token": "b", "logprob": -1.5, "bytes": [98], "new": 2}],
        },
        {"token": "a", "logprob": None},
    ],
)
def test_log_probabilities_come_back(wire: Obj) -> None:
    assert logprob_wire(logprob_of(wire), whole=True, own=True) == wire


def test_a_foreign_log_probability_has_its_bytes_in_a_body_only() -> None:
    logprob = TokenLogprob(token="é", logprob=-0.5)
    told: Obj = {"token": "é", "logprob": -0.5, "top_logprobs": []}
    assert logprob_wire(logprob, whole=False) == told
    assert logprob_wire(logprob, whole=True) == {**told, "bytes": [195, 169]}


@pytest.mark.parametrize("octets", [7, "a", [1, "a"]])
def test_bytes_are_numbers(octets: Json) -> None:
    with pytest.raises(Misfit) as raised:
        logprob_of({"token": "a", "logprob": -1, "bytes": octets})
    assert raised.value.path == "bytes"
