"""Every official client that can talk: those of `tests.pairs`, and Oracle's.

>>> CLIENTS["oci_generic"](Terms(url=url, model="g-anthropic_messages", thinks=False))
"""

from collections.abc import Callable
from typing import Final

from tests.guarded.oci_talk import CoheresTalk, GenericTalk
from tests.pairs.clients import CLIENTS as FIVE
from tests.pairs.cohere_talk import CohereTalk
from tests.pairs.completions_talk import CompletionsTalk
from tests.pairs.ollama_talk import OllamaTalk
from tests.pairs.talk import Talk, Terms

CLIENTS: Final[dict[str, Callable[[Terms], Talk]]] = {
    **FIVE,
    "openai_completions": CompletionsTalk,
    "cohere_chat": CohereTalk,
    "ollama_chat": OllamaTalk,
    "oci_generic": GenericTalk,
    "oci_coheres": CoheresTalk,
}
WITHOUT_TOOLS: Final = ("openai_completions",)
