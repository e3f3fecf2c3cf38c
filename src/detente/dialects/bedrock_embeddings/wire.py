"""The words of embeddings on Bedrock, and what the pass-through lane reads of them.

Each publisher's models have a body of their own behind one path: Titan's takes `inputText`, Nova's
`singleEmbeddingParams`, Cohere's `texts` (Amazon Bedrock and Nova user guides, read 21 November
2026).
"""

from typing import Final, Literal

import msgspec

from detente.canonical.extras import Extras
from detente.canonical.model import Dialect

NAME: Final[Dialect] = "bedrock_embeddings"

Form = Literal["titan", "nova", "cohere"]
FORMS: Final[tuple[Form, ...]] = ("titan", "nova", "cohere")


class EmbedRequest(msgspec.Struct, gc=False):
    """The head of a request: the path names the model."""


class EmbedResponse(msgspec.Struct, gc=False, rename="camel"):
    """A whole answer; the vectors are not looked at. Only Titan's models count in the body, the
    others in a header."""

    input_text_token_count: int | float | None = None


def form_of(extras: Extras | None) -> Form | None:
    """Whose body a request or an answer of Bedrock's had."""
    if extras is None or extras.dialect != NAME:
        return None
    return next((form for form in FORMS if form in extras.marks), None)


def form_of_model(model: str) -> Form | None:
    """Whose body a model takes, as far as its id tells; an alias or ARN does not."""
    if "cohere.embed" in model:
        return "cohere"
    if "titan-embed" in model:
        return "titan"
    return "nova" if "nova" in model and "embed" in model else None
