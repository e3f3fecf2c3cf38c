r"""What a regular expression of the customer's own finds, in linear time.

Made from configuration; patterns are RE2's (`guardrails.linear_pattern`). A text that is not spelt
in ASCII is looked at as it is and as `guardrails.folding` spells it, so that `\d` finds digits of
every script, and what a pattern says of full-width forms holds too.

>>> case_number = Pattern("case", "case_number", r"\bCASE-\d{6}\b", look_back=12)
>>> [found.start for found in case_number.find("see CASE-123456")]
[4]
"""

from collections.abc import Iterator
from typing import Final

from detente.guardrails.detector import Finding
from detente.guardrails.folding import fold
from detente.guardrails.linear_pattern import LinearPattern
from detente.guardrails.merging import merged

LOOK_BACK_MAX: Final = 4_096
"""A stream waits for as many characters: more would be no stream."""
AROUND: Final = 2
"""What may be asked of the neighbours: a word's or a line's boundary, on either side."""


class Pattern:
    """Within `look_back` characters a match must be known for one.

    What goes on (`token: .*`) counts as far as it goes, in a stream too, where it is held as any
    finding that reaches to the end of what is there. What is known only by an end that lies further
    off is found in a whole text, and not in a stream.
    """

    def __init__(self, name: str, category: str, pattern: str, *, look_back: int) -> None:
        """Raise `DetectorError` where the pattern is refused or its package is not there."""
        self.name: Final = name
        self.categories: Final = (category,)
        self.look_back: Final = min(look_back, LOOK_BACK_MAX) + AROUND
        self._pattern = LinearPattern(pattern, longest=min(look_back, LOOK_BACK_MAX), grows=True)

    def find(self, text: str) -> Iterator[Finding]:
        """Every match, from left to right; where several overlap, what they cover together."""
        category = self.categories[0]
        for start, end in merged(self._spans(text)):
            yield Finding(start=start, end=end, category=category)

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        yield from self._pattern.spans(text)
        folding = fold(text)
        if folding.text != text:
            for start, end in self._pattern.spans(folding.text):
                yield folding.original(start, end)
