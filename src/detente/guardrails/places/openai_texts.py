"""Completions and embeddings in OpenAI's form: what in them is not content.

From the types of the official client (openai 3.54, read 2026-11-21).
"""

from typing import Final

from detente.guardrails.places.openai_chat import SETTINGS
from detente.guardrails.places.place import TEXTS, content, shape, words

COMPLETIONS: Final = shape(SETTINGS, words("echo", "best_of"), content("suffix"), {"prompt": TEXTS})
EMBEDDINGS: Final = shape(
    SETTINGS, words("encoding_format", "dimensions", "input_type", "truncate"), {"input": TEXTS}
)
