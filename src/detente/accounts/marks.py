"""By which words a request body shows that its bytes do not bound what it costs: one row a dialect.

Four kinds of words. **Elsewhere**: content that is not in the body (a file's id, an address, a
conversation that the platform keeps), or is packed in it (a document, a video), so that only the
model's context window bounds it. **Images**: bounded by what one image costs at most. **Turns**:
tools that the platform itself runs, whose every turn is billed, or other models that it
may ask. **Built in**: tools that the client runs and the platform explains, in words not sent.

Not here: what follows from them (`bound`). The words are members and types of the APIs' references,
as docs/reference/dialects.md lists them (2026-11).

>>> MARKS["openai_chat"].first.search(b'{"type": "image_url"}').lastgroup
'images'
"""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from detente.canonical.model import Dialect

IMAGE_TOKENS_MAX: Final = 16_384
"""What an image costs at most where nothing better is known: Qwen-VL's range for one image
(its model card, 2026-11), the widest of the open models."""
_OPENAI_IMAGE_TOKENS_MAX: Final = 50_000
"""gpt-4o-mini counts 2,833 tokens an image and 5,667 for each of up to eight tiles: 48,169
(developers.openai.com images-vision, 2026-11)."""
_CLAUDE_IMAGE_TOKENS_MAX: Final = 5_000
"""Claude counts at most 4,784 tokens for an image of the highest resolution
(platform.claude.com build-with-claude/vision, 2026-11)."""
_GEMINI_IMAGE_TOKENS_MAX: Final = 5_000
"""Gemini counts 258 tokens for each tile of 768 pixels, 2,240 at its highest resolution
(ai.google.dev media-resolution, 2026-11)."""


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """One dialect's words in one pattern; its groups are `elsewhere`, `images`, `turns` and
    `built_in`.

    `quick` finds the same words and does not tell which, in half the time or less.
    `image_tokens_max` is what one image costs at most. `cache` is the word by which a request asks
    for a prompt to be kept in a cache, empty where there is none.
    """

    first: re.Pattern[bytes]
    quick: re.Pattern[bytes]
    image_tokens_max: int = IMAGE_TOKENS_MAX
    cache: bytes = b""


def _marks(
    *,
    elsewhere: str = "",
    images: str = "",
    turns: str = "",
    built_in: str = "",
    cache: bytes = b"",
    image_tokens_max: int = IMAGE_TOKENS_MAX,
) -> Marks:
    """A row; words stand in quotes, a word that ends in `*` may go on before its end.

    One alternation behind one quote: a text has few quotes, so a search is over in a microsecond.
    Behind most quotes stands no letter that begins a word, which one look at a set tells.
    """
    groups = (
        ("elsewhere", elsewhere),
        ("images", images),
        ("turns", turns),
        ("built_in", built_in),
    )
    found = [
        f"(?P<{name}>{'|'.join(_escaped(_pattern(word)) for word in words.split())})"
        for name, words in groups
        if words
    ]
    pattern = '"(?:' + "|".join(found) + ")"
    every = [_pattern(word) for _, words in groups for word in words.split()]
    letters = "".join(sorted({word[0] for word in every}))
    return Marks(
        first=re.compile(pattern.encode()),
        quick=re.compile(f'"(?=[{letters}]){_together(every)}'.encode()),
        image_tokens_max=image_tokens_max,
        cache=cache,
    )


def _pattern(word: str) -> str:
    assert _PLAIN.fullmatch(word)  # each character stands for itself in a pattern
    return word[:-1] if word.endswith("*") else word + '"'


def _escaped(word: str) -> str:
    """JSON may have a backslash before a slash."""
    return word.replace("/", r"\\?/")


_PLAIN: Final = re.compile(r"[\w:/]+\*?")


def _together(words: list[str]) -> str:
    """One pattern for all words, in which what they begin with alike stands once."""
    if "" in words:
        return ""
    ends: dict[str, list[str]] = {}
    for word in words:
        ends.setdefault(word[0], []).append(word[1:])
    parts = [_escaped(letter) + _together(rest) for letter, rest in ends.items()]
    return parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})"


_NEVER: Final = re.compile(rb"(?!)")
NOTHING: Final = Marks(first=_NEVER, quick=_NEVER)
"""For dialects whose every word is text."""

_CLAUDE_TURNS: Final = (
    "web_search_* web_fetch_* code_execution_* tool_search_tool_* advisor_* mcp_servers mcp_toolset"
)
_CHAT_TURNS: Final = (
    "web_search* web_fetch* search_parameters browser_search plugins code_interpreter "
    "code_execution* openrouter:* builtin_tools compound_custom x_search mcp mcp_servers models"
)
_CONVERSE: Final = _marks(
    elsewhere="document video audio s3Location promptVariables",
    cache=b'"cachePoint"',
    images="image",
    turns="systemTool",
    image_tokens_max=_CLAUDE_IMAGE_TOKENS_MAX,
)
_GEMINI: Final = _marks(
    elsewhere=(
        "fileData file_data fileUri file_uri cachedContent cached_content "
        "application/* video/* audio/*"
    ),
    images="inlineData inline_data",
    turns=(
        "googleSearch* google_search* urlContext url_context codeExecution code_execution "
        "fileSearch file_search googleMaps google_maps computerUse computer_use "
        "enterpriseWebSearch retrieval mcpServers mcp_servers"
    ),
    image_tokens_max=_GEMINI_IMAGE_TOKENS_MAX,
)
_CLAUDE: Final = _marks(
    elsewhere="document file_id container container_upload skills",
    images="image",
    turns=_CLAUDE_TURNS,
    built_in="computer_* bash_* text_editor_* memory_*",
    cache=b'"cache_control"',
    image_tokens_max=_CLAUDE_IMAGE_TOKENS_MAX,
)

MARKS: Final[Mapping[Dialect, Marks]] = {
    "openai_chat": _marks(
        elsewhere="file document_url video_url file_id video file_url input_file",
        images="image_url image",
        turns=_CHAT_TURNS,
        cache=b'"cache_control"',
        image_tokens_max=_OPENAI_IMAGE_TOKENS_MAX,
    ),
    "openai_responses": _marks(
        elsewhere="previous_response_id conversation prompt item_reference input_file file_id "
        "input_video",
        images="input_image image_url computer_screenshot",
        turns="web_search* file_search* code_interpreter image_generation* computer* mcp "
        "local_shell* shell* tool_search* apply_patch* pro x_search collections_search "
        "code_execution",
        image_tokens_max=_OPENAI_IMAGE_TOKENS_MAX,
    ),
    "openai_completions": NOTHING,
    "openai_embeddings": _marks(images="image_url image", elsewhere="video_url"),
    "openai_input_tokens": NOTHING,
    "anthropic_messages": _CLAUDE,
    "anthropic_count_tokens": NOTHING,
    "gemini_generate": _GEMINI,
    "gemini_embeddings": _GEMINI,
    "gemini_count_tokens": NOTHING,
    "bedrock_converse": _CONVERSE,
    "bedrock_embeddings": _marks(
        elsewhere="s3Location video audio document",
        images="image* inputImage",
    ),
    "bedrock_count_tokens": NOTHING,
    "cohere_chat": _marks(images="image_url", turns="connectors"),
    "cohere_embeddings": _marks(images="image*"),
    "ollama_chat": _marks(images="images"),
    "ollama_embeddings": _marks(images="images"),
    "oci_chat": _marks(
        elsewhere="VIDEO DOCUMENT videoUrl documentUrl",
        images="IMAGE imageUrl",
        turns="webSearchOptions isSearchQueriesOnly",
    ),
}
"""Every dialect's row."""
