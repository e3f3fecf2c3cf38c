"""The real tokenizer of a model, where its publisher has published one and a package ships it.

The extra `tokenizers` installs bpe-openai: GitHub's counter for OpenAI's vocabularies, which come
inside the package, so that nothing is fetched at run time; it takes time in proportion to a text
whatever it says. Without it, or for a model of another family, there is no tokenizer and a bound
by bytes counts. Loading it takes 0.6 s and 150 MB, during which nothing else runs: so it is loaded
before workers are forked, who then share it, or in a thread once a stored key needs it, and never
by a request: until it is there, the bound counts.

Which vocabulary is whose: https://github.com/openai/tiktoken/blob/main/tiktoken/model.py and
https://openai.com/index/introducing-gpt-oss (read 2026-11).

>>> load_tokenizers(["openai/gpt-4o"])
>>> count = tokenizer_of("openai/gpt-4o")
>>> count("hello world")
2
"""

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib import import_module
from typing import Any, Final, cast

from detente.canonical.principal import Scope

PACKAGE: Final = "bpe_openai"
Count = Callable[[str], int]

_VOCABULARIES: Final[Mapping[re.Pattern[str], str]] = {
    re.compile(r"^(?:openai/)?(?:gpt-(?:3\.5|4(?!o|\.|5))|text-embedding-)"): "cl100k_base",
    re.compile(r"^(?:openai/)?(?:gpt-(?:4o|4\.|4\.5|[5-9]|oss)|chatgpt-|o[1-9](?:-|$))"): (
        "o200k_base"
    ),
}
"""By the canonical name of a model, or the part behind the slash."""


def needs_tokens(scope: Scope) -> bool:
    """Whether somebody's requests may be refused by how many tokens they seem to have."""
    return any(budget.hard for budget in scope.budgets) or any(
        limit.measure == "tokens" for limit in scope.limits
    )


def load_tokenizers(models: Iterable[str]) -> None:
    """Load the vocabularies of `models`, by their canonical names, where the extra is installed."""
    for vocabulary in {_vocabulary_of(model) for model in models} - {None}:
        assert vocabulary is not None
        _counter(vocabulary)


def tokenizer_of(model: str) -> Count | None:
    """How many tokens a text is to `model`, by its canonical name; None where that is not known,
    or not loaded."""
    vocabulary = _vocabulary_of(model)
    if vocabulary is None or PACKAGE not in sys.modules:
        return None
    return _counter(vocabulary)


def _vocabulary_of(model: str) -> str | None:
    for pattern, vocabulary in _VOCABULARIES.items():
        if pattern.match(model) is not None:
            return vocabulary
    return None


@cache
def _counter(vocabulary: str) -> Count | None:
    try:
        # the package has no types of its own that say anything
        package = cast("Any", import_module(PACKAGE))
    except ModuleNotFoundError:
        return None
    encode = cast("Callable[[str], list[int]]", package.get_encoding(vocabulary).encode_ordinary)
    return lambda text: len(encode(text))
