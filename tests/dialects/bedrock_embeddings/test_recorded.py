"""Recorded embeddings on Bedrock, in three publishers' forms: every round trip is lossless."""

from typing import Any
from urllib.parse import unquote

from detente.dialects.bedrock_embeddings import CODEC
from tests.conftest import Recorded
from tests.dialects.embedding_trips import text_of, trips


def _model(exchange: dict[str, Any]) -> str:
    return unquote(str(exchange["path"]).removeprefix("/model/").removesuffix("/invoke"))


def test_round_trips(recorded: Recorded) -> None:
    own = [one for one in recorded("bedrock-invoke") if "embed" in one["path"]]
    own += [
        one
        for one in recorded("bedrock-invoke")
        if "application-inference-profile" in one["path"]
        and b"embedding" in text_of(one["response"])
    ]
    passed, share = trips(CODEC, own, _model)
    print(f"bedrock_embeddings: {passed} of {len(own)} round trips lossless; {share}")  # noqa: T201 - a figure to read
    assert passed >= 18
