"""How many input tokens a platform may bill for a request, at most; known before it is sent.

A token of a byte-level vocabulary covers at least one byte, and what a message's template adds is
less than the punctuation of its JSON: a body's bytes bound its tokens. What the bytes do not show
is added: templates of models and tools, images, and where content is elsewhere the context window.
Where not even that is an upper bound (tools that the platform runs, whose every turn is billed),
the bound is a guess and says so: what exceeds it is told in the log.

Not here: what the tokens cost (`rates`), and the count of a real tokenizer, which is closer.
docs/reference/estimates.md has the rules in words.

>>> input_tokens_bound(b'{"messages":[]}', "openai_chat", tools=False, context_tokens=None)
Bound(tokens=79, certain=True)
"""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

import msgspec

from detente.accounts.marks import MARKS, Marks
from detente.canonical.model import Dialect

TEMPLATE_TOKENS: Final = 64
"""What platforms add to the shortest request."""
TOOLS_TOKENS: Final = 1_024
"""What platforms add to explain tools, whichever they are; the tools' own schemas are in the
body's bytes."""
ELSEWHERE_TOKENS: Final = 100_000
"""A guess where content is elsewhere, or the platform takes turns, and no context window is known
or bounds it."""
BUILT_IN_TOKENS: Final = 4_096
"""What a tool that the platform explains in words of its own adds (recorded: 1,328)."""
MARKS_MAX: Final = 1_000
"""No platform takes more images in one request; whoever sends more has sent text."""
_ESCAPED: Final = re.compile(rb"\\u00(?:[46][1-9a-fA-F]|[57][0-9aA]|5[fF]|2[fF]|3[aA])")
"""A letter, `_`, `/` or `:` as an escape, behind which a word of `MARKS` can hide."""


class Bound(msgspec.Struct, frozen=True, gc=False):
    """A number of tokens, and whether it is certain that no more are billed."""

    tokens: int
    certain: bool = True


class ModelHabits(msgspec.Struct, frozen=True, kw_only=True):
    """What a model adds to every request: tokens of a prompt of its platform's own; `certain` is
    False where it searches the web or takes several turns unasked."""

    added_tokens: int = 0
    certain: bool = True


NO_HABITS: Final = ModelHabits()
_HABITS: Final[Mapping[re.Pattern[str], ModelHabits]] = {
    re.compile(r"compound|sonar|deep-research|search-(?:preview|api)|:online"): ModelHabits(
        added_tokens=ELSEWHERE_TOKENS, certain=False
    ),
    re.compile(r"grok|harmony"): ModelHabits(added_tokens=1_024),
}
"""By a part of the model's name or its id at the platform. Groq's compound systems, Perplexity's
Sonar and OpenAI's search models search unasked; xAI puts a prompt of its own before each of Grok's
(recorded: 479 tokens)."""


def habits_of(name: str) -> ModelHabits:
    """What is known of the model of that name, or of that id at its platform; to be asked once a
    deployment, not once a request."""
    lowered = name.lower()
    for pattern, habits in _HABITS.items():
        if pattern.search(lowered) is not None:
            return habits
    return NO_HABITS


def input_tokens_bound(
    body: bytes,
    dialect: Dialect,
    *,
    tools: bool,
    context_tokens: int | None,
    habits: ModelHabits = NO_HABITS,
) -> Bound:
    """The bound for `body`, which is a request of `dialect`.

    `tools` is whether it offers any (`"tools" in head.features`), `context_tokens` the model's
    window, of several models the largest, None where unknown. Takes about a microsecond for a body
    of 2 KB that is text.
    """
    tokens = len(body) + TEMPLATE_TOKENS + habits.added_tokens
    if tools:
        tokens += TOOLS_TOKENS
    marks = MARKS[dialect]
    if marks.quick.search(body) is not None or (body.find(b"\\") >= 0 and _hides(body)):
        return _marked(body, marks, tokens, context_tokens, habits.certain)
    if context_tokens is not None and tokens > context_tokens and habits.certain:
        tokens = context_tokens
    return Bound(tokens, habits.certain)


def _marked(
    body: bytes, marks: Marks, tokens: int, context_tokens: int | None, certain: bool
) -> Bound:
    """The bound of a body that bytes alone do not bound, which without its marks is `tokens`."""
    met = marks_in(body, marks)
    tokens += min(met["images"], MARKS_MAX) * marks.image_tokens_max
    tokens += min(met["built_in"], MARKS_MAX) * BUILT_IN_TOKENS
    if met["turns"] or not certain:
        return Bound(tokens + ELSEWHERE_TOKENS, certain=False)
    if met["elsewhere"]:
        if context_tokens is None:
            return Bound(tokens + ELSEWHERE_TOKENS, certain=False)
        return Bound(context_tokens)
    if context_tokens is not None and tokens > context_tokens:
        tokens = context_tokens
    return Bound(tokens)


def marks_in(body: bytes, marks: Marks) -> Counter[str]:
    """How often each kind of word occurs; whatever hides behind escapes is elsewhere."""
    met: Counter[str] = Counter()
    for found in marks.first.finditer(body):
        assert found.lastgroup is not None  # every word is in a group
        met[found.lastgroup] += 1
    if _hides(body):
        met["elsewhere"] += 1
    return met


def _hides(body: bytes) -> bool:
    """Whether a word can hide in `body`, behind escapes."""
    return b"\\u00" in body and _ESCAPED.search(body) is not None
