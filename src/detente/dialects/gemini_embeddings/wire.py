"""The words of Google's embeddings, and what the pass-through lane reads of them.

Three operations, told apart by the shape of the body: `requests` is batchEmbedContents, `content`
embedContent, `instances` predict (ai.google.dev/api/embeddings; Vertex AI's reference of the text
embeddings API; read 21 November 2026).
"""

from typing import Final, Literal

import msgspec

from detente.canonical.embedding import EmbeddingTask
from detente.canonical.model import Dialect

NAME: Final[Dialect] = "gemini_embeddings"

Form = Literal["batchEmbedContents", "embedContent", "predict"]

TASKS: Final[dict[str, EmbeddingTask]] = {
    "RETRIEVAL_QUERY": "query",
    "RETRIEVAL_DOCUMENT": "document",
    "SEMANTIC_SIMILARITY": "similarity",
    "CLASSIFICATION": "classification",
    "CLUSTERING": "clustering",
    "QUESTION_ANSWERING": "question_answering",
    "FACT_VERIFICATION": "fact_verification",
    "CODE_RETRIEVAL_QUERY": "code_query",
}
TASK_WORDS: Final[dict[EmbeddingTask, str]] = {task: word for word, task in TASKS.items()}

CAMEL: Final = {
    "task_type": "taskType",
    "output_dimensionality": "outputDimensionality",
    "embed_content_config": "embedContentConfig",
    "auto_truncate": "autoTruncate",
    "document_ocr": "documentOcr",
    "audio_track_extraction": "audioTrackExtraction",
    "mime_type": "mimeType",
    "inline_data": "inlineData",
    "file_data": "fileData",
    "file_uri": "fileUri",
}
"""Both spellings of JSON are read; these are the members that have two."""


class EmbedRequest(msgspec.Struct, gc=False):
    """The head of a request: the path names the model, a body may repeat it."""

    model: str | None = None


class ModalityCount(msgspec.Struct, gc=False, rename="camel"):
    """Tokens of one kind of input."""

    modality: str | None = None
    token_count: int | float | None = None


class UsageMetadata(msgspec.Struct, gc=False, rename="camel"):
    """What was counted; the API spells the details in two ways."""

    prompt_token_count: int | float | None = None
    prompt_token_details: tuple[ModalityCount, ...] | None = None
    prompt_tokens_details: tuple[ModalityCount, ...] | None = None


class Statistics(msgspec.Struct, gc=False):
    """What was counted of one input."""

    token_count: int | float | None = None


class Embedded(msgspec.Struct, gc=False):
    """One vector, itself not looked at."""

    statistics: Statistics | None = None


class Prediction(msgspec.Struct, gc=False):
    """One vector of predict."""

    embeddings: Embedded | None = None


class EmbedResponse(msgspec.Struct, gc=False, rename="camel"):
    """A whole answer of any of the three operations; the vectors are not looked at."""

    usage_metadata: UsageMetadata | None = None
    predictions: tuple[Prediction, ...] | None = None
