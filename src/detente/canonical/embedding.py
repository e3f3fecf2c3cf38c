"""What a client asks of an embedding model, and what it answers, in no dialect.

Vectors stay as they came, numbers or base64, until a dialect wants the other form: most answers are
passed on unread, and a change of form is exact for the numbers that models compute with (float32).

>>> EmbeddingInput(parts=(Text(text="hello"),)).text
'hello'
"""

from typing import Literal

import msgspec

from detente.canonical.content import Part, Text
from detente.canonical.extras import Extras
from detente.canonical.model import Dialect
from detente.canonical.request import Option
from detente.canonical.usage import Usage

EmbeddingTask = Literal[
    "query",
    "document",
    "classification",
    "clustering",
    "similarity",
    "question_answering",
    "fact_verification",
    "code_query",
]
"""What the vectors are for; some models compute others for it."""

Truncation = Literal["none", "start", "end"]
"""What happens to an input that is too long: an error, or its start or end is cut off."""

Quantization = Literal["int8", "uint8", "binary", "ubinary"]
"""Vectors in smaller numbers; the binary ones hold eight dimensions in each."""


class EmbeddingInput(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one vector is asked for: parts, or `tokens` in the model's own numbering.

    `task`, `title` and `dimensions` are said where they differ from the request's.
    """

    parts: tuple[Part, ...] = ()
    tokens: tuple[int, ...] = ()
    task: EmbeddingTask | None = None
    title: str | None = None
    dimensions: int | None = None
    extras: Extras | None = None

    @property
    def text(self) -> str | None:
        """The text, where the input is a text and nothing else."""
        if len(self.parts) == 1:
            part = self.parts[0]
            return part.text if isinstance(part, Text) else None
        return None


class EmbeddingRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One request. What is None or empty was not said, and the platform's default holds.

    `encoding` is how the client wants vectors written, `quantizations` in which smaller numbers it
    wants them, too (`floats` is then whether as floats at all). `input_tokens_max` cuts each input.
    """

    model: str
    inputs: tuple[EmbeddingInput, ...]
    origin: Dialect | None = None
    dimensions: int | None = None
    encoding: Literal["float", "base64"] | None = None
    floats: bool = True
    quantizations: tuple[Quantization, ...] = ()
    task: EmbeddingTask | None = None
    title: str | None = None
    truncate: Truncation | None = None
    input_tokens_max: int | None = None
    user: str | None = None
    options: tuple[Option, ...] = ()
    extras: Extras | None = None


class Vector(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One vector: `values`, or `packed`, the base64 of them as little-endian float32."""

    values: tuple[float, ...] | None = None
    packed: str | None = None
    extras: Extras | None = None


class Quantized(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The vectors of all inputs, in one kind of smaller numbers."""

    kind: Quantization
    vectors: tuple[tuple[int, ...], ...]


class EmbeddingResponse(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One answer: a vector for each input, in their order.

    `model` is as the platform named it, empty where it does not. `texts` are the inputs as the
    platform repeats them; `options` what only one dialect says of its answer.
    """

    vectors: tuple[Vector, ...]
    model: str = ""
    id: str | None = None
    origin: Dialect | None = None
    quantized: tuple[Quantized, ...] = ()
    texts: tuple[str, ...] = ()
    usage: Usage | None = None
    options: tuple[Option, ...] = ()
    extras: Extras | None = None
