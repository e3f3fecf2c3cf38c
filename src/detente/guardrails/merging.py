"""Spans of text that overlap become one, so that what either covers stays covered. Pure.

>>> list(merged([(4, 9), (0, 5), (9, 12)]))
[(0, 9), (9, 12)]
"""

from collections.abc import Iterable, Iterator


def merged(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """In order, not overlapping; what only touches stays apart."""
    ordered = iter(sorted(spans))
    first = next(ordered, None)
    if first is None:
        return
    start, end = first
    for next_start, next_end in ordered:
        if next_start < end:
            end = max(end, next_end)
        else:
            yield start, end
            start, end = next_start, next_end
    yield start, end
