"""What a decoder of requests finds beside the canonical members, gathered on the way.

>>> notes = Notes()
>>> notes.marks.append("no_role")
>>> notes.marks
['no_role']
"""

from detente.canonical.extras import Extras, Json, Obj
from detente.canonical.loss import Severity
from detente.canonical.request import Option
from detente.dialects.gemini_generate.words import NAME


class Notes:
    """`options` that only this API has, unknown `members`, `spelling` and `marks` (see `Extras`),
    all from the request's top level."""

    __slots__ = ("marks", "members", "options", "spelling")

    def __init__(self) -> None:
        self.options: list[Option] = []
        self.members: Obj = {}
        self.spelling: Obj = {}
        self.marks: list[str] = []

    def add_option(self, name: str, value: Json, severity: Severity) -> None:
        """An option; dots in its name lead into the objects that it stands in."""
        self.options.append(Option(dialect=NAME, name=name, value=value, severity=severity))

    def add_options(self, source: Obj, known: dict[str, Severity], prefix: str = "") -> None:
        """Those members of `source` that `known` names."""
        for name in source.keys() & known.keys():
            if (value := source[name]) is not None:
                self.add_option(prefix + name, value, known[name])

    def add_rest(self, about: Extras | None, *path: str) -> None:
        """The rest of an object that stands at `path` below the request."""
        if about is not None:
            _put(about.members, self.members, path)
            _put(about.spelling, self.spelling, path)


def _put(found: Obj, target: Obj, path: tuple[str, ...]) -> None:
    if not found:
        return
    for name in path:
        inner = target.get(name)
        if type(inner) is not dict:
            inner = {}
            target[name] = inner
        target = inner
    target.update(found)
