"""Recorded embeddings in Google's forms: every round trip is lossless."""

from typing import Any

from detente.dialects.gemini_embeddings import CODEC
from tests.conftest import Recorded
from tests.dialects.embedding_trips import trips

OPERATIONS = ("batchEmbedContents", "embedContent", "predict")


def _model(exchange: dict[str, Any]) -> str:
    return str(exchange["path"]).rpartition("/")[2].partition(":")[0]


def test_round_trips(recorded: Recorded) -> None:
    own = [one for one in recorded("gemini-aux") if one["path"].endswith(OPERATIONS)]
    passed, share = trips(CODEC, own, _model)
    print(f"gemini_embeddings: {passed} of {len(own)} round trips lossless; {share}")  # noqa: T201 - a figure to read
    assert passed >= 10
