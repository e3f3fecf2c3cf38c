"""A closer look at a body whose bound does not fit: its texts counted one by one.

Every text and key is counted by a real tokenizer where its family has one (`count`), else by its
bytes; images that are in the body count what one costs at most, not their bytes. Keys, numbers and
brackets are counted too, for platforms write tools and messages in forms of their own; a margin
covers what differs. Still an upper bound, and held to every recorded exchange.

Not here: the tokenizers themselves (`gateway.tokenizers`). It takes microseconds to milliseconds,
so it is for the rare request that would be refused without.

>>> closer_tokens(body, "openai_chat", tools=False, count=tokenizer)
87
"""

from collections.abc import Callable
from typing import Final, cast

import msgspec

from detente.accounts.bound import (
    BUILT_IN_TOKENS,
    MARKS_MAX,
    NO_HABITS,
    TEMPLATE_TOKENS,
    TOOLS_TOKENS,
    ModelHabits,
    marks_in,
)
from detente.accounts.marks import MARKS
from detente.canonical.model import Dialect

CLOSER_BYTES_MAX: Final = 64 * 1024
"""Text beyond it is not looked at: a tokenizer takes 3 ms for so much, in which others wait."""
BODY_BYTES_MAX: Final = 8 * 1024 * 1024
"""Nor are larger bodies, however much of them is images."""
STRUCTURE_TOKENS: Final = 2
"""For each text, number, list and object: what separates them."""
MARGIN: Final = 16
"""A sixteenth is added to what a tokenizer counted; of bytes there never are too few."""
_DECODE: Final = msgspec.json.Decoder().decode


def closer_tokens(
    body: bytes,
    dialect: Dialect,
    *,
    tools: bool,
    count: Callable[[str], int] | None,
    habits: ModelHabits = NO_HABITS,
) -> int | None:
    """The most input tokens that `body` can be billed, None where a closer look shows nothing:
    content is elsewhere, the platform takes turns, or there is too much to look at. Whoever has a
    bound as well takes the lesser.

    `count` is the model's tokenizer, None where it has none.
    """
    if len(body) > BODY_BYTES_MAX or not habits.certain:
        return None
    marks = MARKS[dialect]
    met = marks_in(body, marks)
    if met["elsewhere"] or met["turns"]:
        return None
    try:
        texts, nodes = _texts_of(_DECODE(body), images=bool(met["images"]))
    except (msgspec.DecodeError, RecursionError):
        return None
    if sum(len(text) for text in texts) > CLOSER_BYTES_MAX:
        return None
    counted = nodes * STRUCTURE_TOKENS
    counted += sum(len(text.encode()) if count is None else count(text) for text in texts)
    tokens = counted + TEMPLATE_TOKENS + habits.added_tokens
    if count is not None:
        tokens += counted // MARGIN
    tokens += min(met["images"], MARKS_MAX) * marks.image_tokens_max
    tokens += min(met["built_in"], MARKS_MAX) * BUILT_IN_TOKENS
    return tokens + TOOLS_TOKENS if tools else tokens


def _texts_of(document: object, *, images: bool) -> tuple[list[str], int]:
    """Every text and key in `document`, and how many things are in it; with `images`, pictures that
    stand where an image is expected are left out."""
    texts: list[str] = []
    nodes = 0
    waiting = [(document, False)]
    while waiting:
        found, inside = waiting.pop()
        nodes += 1
        if isinstance(found, str):
            if not (inside and found.startswith(_PICTURES)):
                texts.append(found)
        elif isinstance(found, dict):
            members = cast("dict[str, object]", found)
            texts.extend(members)
            within = inside or (images and members.get("type") in _IMAGES)
            waiting.extend(
                (value, within or (images and name in _IMAGES)) for name, value in members.items()
            )
        elif isinstance(found, list):
            waiting.extend((each, inside) for each in cast("list[object]", found))
        elif found is not None:
            texts.append(str(found))
    return texts, nodes


_IMAGES: Final = frozenset(
    ("image", "images", "image_url", "input_image", "inlineData", "inline_data", "imageUrl")
)
"""Types and members in which dialects hold an image."""
_PICTURES: Final = ("data:image/", "iVBORw0KGgo", "/9j/", "R0lGOD", "UklGR", "AAAA")
"""How PNG, JPEG, GIF, WebP and HEIF begin in base64: any other text is counted as text."""
