"""The real tokenizer of a model, where its publisher has published one and a package ships it.

The extra `tokenizers` installs bpe-openai: GitHub's counter for OpenAI's vocabularies, which come
inside the package, so that nothing is fetched at run time; it takes time in proportion to a text
whatever it says. Without it, or for a model of another family, there is no tokenizer and a bound
by bytes counts. A vocabulary takes 80 ms and 80 MB once, when it is first needed.

Which vocabulary is whose: https://github.com/openai/tiktoken/blob/main/tiktoken/model.py and
https://openai.com/index/introducing-gpt-oss (read 2026-11).

>>> count = tokenizer_of("openai/gpt-4o")
>>> count("hello world")
2
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any, Final, cast

Count = Callable[[str], int]

_VOCABULARIES: Final[Mapping[re.Pattern[str], str]] = {
    re.compile(r"^(?:openai/)?(?:gpt-(?:3\.5|4(?!o|\.|5))|text-embedding-)"): "cl100k_base",
    re.compile(r"^(?:openai/)?(?:gpt-(?:4o|4\.|4\.5|[5-9]|oss)|chatgpt-|o[1-9](?:-|$))"): (
        "o200k_base"
    ),
}
"""By the canonical name of a model, or the part behind the slash."""


def tokenizer_of(model: str) -> Count | None:
    """How many tokens a text is to `model`, by its canonical name; None where that is not known."""
    for pattern, vocabulary in _VOCABULARIES.items():
        if pattern.match(model) is not None:
            return _counter(vocabulary)
    return None


@cache
def _counter(vocabulary: str) -> Count | None:
    try:
        # the package has no types of its own that say anything
        package = cast("Any", import_module("bpe_openai"))
    except ModuleNotFoundError:
        return None
    encode = cast("Callable[[str], list[int]]", package.get_encoding(vocabulary).encode_ordinary)
    return lambda text: len(encode(text))
