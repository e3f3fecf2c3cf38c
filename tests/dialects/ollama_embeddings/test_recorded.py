"""Recorded embeddings in Ollama's form: every round trip is lossless."""

from detente.dialects.ollama_embeddings import CODEC
from tests.conftest import Recorded
from tests.dialects.embedding_trips import trips


def test_round_trips(recorded: Recorded) -> None:
    own = [one for one in recorded("embeddings") if one["path"].startswith("/api/embed")]
    passed, share = trips(CODEC, own)
    print(f"ollama_embeddings: {passed} of {len(own)} round trips lossless; {share}")  # noqa: T201 - a figure to read
    assert passed >= 2
