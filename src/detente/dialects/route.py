"""What a request line asks for, as a value; which lines those are is `routes`'."""

from dataclasses import dataclass
from typing import Literal

from detente.canonical.model import Dialect

Operation = Literal["infer", "list_models", "get_model", "get_version"]
"""What is asked: an answer from a model, the list of models, one of them, or the API's version."""

Method = Literal["GET", "POST"]

Envelope = Literal["bedrock_invoke", "vertex_raw_predict", "vertex_count_tokens"]
"""What a dialect's own body is wrapped in: Bedrock's InvokeModel, whose answer streams in frames
of Amazon's, Vertex AI's rawPredict, whose answer is the publisher's own, or its countTokens."""


@dataclass(frozen=True, kw_only=True)
class Route:
    """What a request line asks for.

    `dialect` is also the shape of errors; for lists of models it is None, for only the header
    `anthropic-version` tells which API's client asks. `path_model` is a model named by the
    path: it wins over the body's. `azure_style` is true for Azure's own paths, where the
    client sends its key as `api-key`. `stream` is whether the path asks for a streamed answer,
    None where the body says it. `envelope` is what the dialect's own body is wrapped in.
    `google_style` and `ollama_style` are true for paths that only those clients have. `publisher`
    is who made the model, where the path says it.
    """

    dialect: Dialect | None
    operation: Operation = "infer"
    path_model: str | None = None
    azure_style: bool = False
    stream: bool | None = None
    envelope: Envelope | None = None
    google_style: bool = False
    ollama_style: bool = False
    publisher: str | None = None
