"""Recorded embeddings in OpenAI's form: every round trip is lossless."""

from detente.dialects.openai_embeddings import CODEC
from tests.conftest import Recorded
from tests.dialects.embedding_trips import trips


def test_round_trips(recorded: Recorded) -> None:
    exchanges = [one for one in recorded("embeddings") if one["path"].endswith("/embeddings")]
    own = [one for one in exchanges if "/api/" not in one["path"]]
    passed, share = trips(CODEC, own)
    print(f"openai_embeddings: {passed} of {len(own)} round trips lossless; {share}")  # noqa: T201 - a figure to read
    assert passed >= 39
