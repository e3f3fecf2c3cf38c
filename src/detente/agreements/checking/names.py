"""Names that patterns with `*` and `?` match: for a project that no contract spells out.

Knows nothing of clauses.

>>> meeting("shop-*", "*-eu")
'shop-eu'
"""

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

from detente.agreements.reach import pattern
from detente.agreements.scope import Words, words

FILLER: Final = "any"
"""What stands for `*`: a name that no contract is likely to except."""


def names_of(patterns: Sequence[str]) -> tuple[str, ...]:
    """A name for each pattern and for each two that can match the same, the plainest first."""
    plain = [word.replace("*", "").replace("?", "x") or FILLER for word in patterns]
    if len(plain) < 2:
        return tuple(plain)
    # Another name for each, which one of the others that is spelled out does not match.
    filled = [word.replace("*", FILLER).replace("?", "x") for word in patterns]
    common = [meeting(a, b) for a, b in combinations(patterns, 2)]
    return tuple(dict.fromkeys((*plain, *filled, *(name for name in common if name))))


def projects_of(wanted: Sequence[Words]) -> Iterator[str | None]:
    """Names that fit all of `wanted`; None, which is no project, where nothing is wanted."""
    if not wanted:
        yield None
        return
    sought = [pattern(alternatives) for alternatives in wanted]
    for name in names_of([word for alternatives in wanted for word in words(alternatives)]):
        if all(expression.fullmatch(name) for expression in sought):
            yield name


def meeting(a: str, b: str) -> str | None:
    """A short name that both patterns match; None where no name does."""
    seen = {(0, 0)}
    ways = deque([(0, 0, "")])
    while ways:
        i, j, name = ways.popleft()
        if i == len(a) and j == len(b):
            return name
        for step in _steps(a[i : i + 1], b[j : j + 1]):
            there = (i + step[0], j + step[1])
            if there not in seen:
                seen.add(there)
                # What adds no letter goes first, which keeps names short.
                (ways.append if step[2] else ways.appendleft)((*there, name + step[2]))
    return None


def _steps(a: str, b: str) -> Iterator[tuple[int, int, str]]:
    """How far the next letter takes either pattern, and the letter; `*` may also be empty."""
    if a == "*":
        yield (1, 0, "")
        if b and b != "*":
            yield (0, 1, "x" if b == "?" else b)
    if b == "*":
        yield (0, 1, "")
        if a and a != "*":
            yield (1, 0, "x" if a == "?" else a)
    if a and b and "*" not in (a, b) and ("?" in (a, b) or a == b):
        yield (1, 1, ("x" if a == b == "?" else a if b == "?" else b))
