"""What every rule for secrets is: a needle that a scan can look for, and what must be around it.

>>> import re
>>> rule = Rule(name="n", needles=("ab_",), form=re.compile("ab_([0-9]+)"), group=1, source="")
>>> list(rule.spans("see ab_12 and ab_x"))
[(7, 9)]
"""

import re
from collections.abc import Callable, Iterator

import msgspec

Accepts = Callable[[re.Match[str]], bool]


def always(match: re.Match[str]) -> bool:
    """The form alone tells."""
    return bool(match)


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """`form` is tried `before` characters before each of `needles`, and nowhere else.

    So it costs nothing where there is no needle. What is secret is its `group`; `accepts` looks at
    what has the form. `source` says where the form was read, and when.
    """

    name: str
    needles: tuple[str, ...]
    form: re.Pattern[str]
    before: int = 0
    group: int = 0
    accepts: Accepts = always
    source: str

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Start and end of every secret that this rule sees."""
        for needle in self.needles:
            at = text.find(needle)
            while at >= 0:
                end = at + len(needle)
                if at >= self.before:
                    match = self.form.match(text, at - self.before)
                    if match is not None and self.accepts(match):
                        yield match.span(self.group)
                        end = max(end, match.end(self.group))
                at = text.find(needle, end)
