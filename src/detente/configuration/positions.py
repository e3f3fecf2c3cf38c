"""Where each key of a TOML text stands.

A scanner, not a parser: it follows brackets, keys and strings just far enough to tell the line
of every table, key and array item, and accepts any text at all; whether the text is TOML is
`tomllib`'s to say. It also bounds what `tomllib` meets: nesting, and the parts of a dotted key,
whose cost there grows with the square of their number.

>>> Positions('[server]\\nlisten = "x"').line(("server", "listen"))
2
"""

import re
import tomllib
from typing import Final

Path = tuple[str | int, ...]

DEPTH_MAX: Final = 64
"""Arrays and inline tables within each other; people write three."""
KEY_PARTS_MAX: Final = 32
"""Parts of one dotted key or header; the deepest table of ours has four."""

_TOKEN: Final = re.compile(
    r'''
      (?P<space>[^\S\n]+|\#[^\n]*+)
    | (?P<newline>\n)
    | (?P<text>
          """(?:[^"\\]+|\\[\s\S]|"(?!""))*(?:"{3,5}|\\?\Z)
        | \'\'\'(?:[^']+|'(?!''))*(?:'{3,5}|\Z)
        | "(?:[^"\\\n]+|\\[^\n])*"?
        | '[^'\n]*+'?
      )
    | (?P<mark>[\[\]{}=,.])
    | (?P<bare>[^\s\[\]{}=,.\#"']++)
    | (?P<other>[\s\S])
    ''',
    re.VERBOSE,
)
"""Strings end somewhere whatever they hold, so that nothing is ever tried twice. No group is
possessive: Python before 3.11.5 loses its place in one."""


class TooDeepError(Exception):
    """The text nests deeper, or a key has more parts, than any configuration needs."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


class Positions:
    """The lines of a TOML text's keys; a path that is not there has its nearest ancestor's.

    Raises `TooDeepError` for a text that exceeds the bounds above.
    """

    def __init__(self, text: str) -> None:
        self._lines: dict[Path, int] = {(): 1}
        _Scan(self._lines).run(text)

    def line(self, path: Path) -> int:
        """The line of `path`, counted from 1."""
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]


class _Frame:
    """One open table or array: where it is, and what of it was read so far."""

    __slots__ = ("first_line", "index", "is_array", "key", "path", "wants_value")

    def __init__(self, path: Path, line: int, *, is_array: bool) -> None:
        self.path = path
        self.first_line = line
        self.is_array = is_array
        self.key: list[str] = []
        self.index = 0
        self.wants_value = False

    def next_member(self) -> None:
        self.key = []
        self.wants_value = False
        self.index += 1


class _Scan:
    """One pass over the tokens. `_stack[0]` is the table that the last header opened."""

    def __init__(self, lines: dict[Path, int]) -> None:
        self._lines = lines
        self._line = 1
        self._stack = [_Frame((), 1, is_array=False)]
        self._header: list[str] | None = None
        self._header_marks = 0
        self._items: dict[Path, int] = {}

    def run(self, text: str) -> None:
        for token in _TOKEN.finditer(text):
            kind, word = token.lastgroup, token[0]
            if kind == "newline":
                self._line += 1
                self._end_of_line()
            elif kind == "mark":
                self._mark(word)
            elif kind in ("text", "bare"):
                self._word(word)
                self._line += word.count("\n")

    def _end_of_line(self) -> None:
        if len(self._stack) == 1:
            self._stack[0].next_member()
            self._header = None

    def _word(self, word: str) -> None:
        frame = self._stack[-1]
        if self._header is not None:
            self._add_part(self._header, word)
        elif frame.is_array:
            self._item(frame)
        elif not frame.wants_value:
            self._add_part(frame.key, word)

    def _add_part(self, parts: list[str], word: str) -> None:
        if len(parts) == KEY_PARTS_MAX:
            message = f"a key of more than {KEY_PARTS_MAX} parts; flatten the tables"
            raise TooDeepError(self._line, message)
        parts.append(_unquote(word))

    def _item(self, frame: _Frame) -> None:
        # An item on its array's own line is found through the array.
        if self._line != frame.first_line:
            self._lines.setdefault((*frame.path, frame.index), self._line)

    def _mark(self, mark: str) -> None:
        frame = self._stack[-1]
        if self._header is not None:
            self._in_header(self._header, mark)
        elif mark in "[{":
            self._open(frame, mark)
        elif mark in "]}":
            if len(self._stack) > 1:
                self._stack.pop()
        elif mark == "," and len(self._stack) > 1:
            frame.next_member()
        elif mark == "=" and not frame.is_array and not frame.wants_value:
            frame.wants_value = True
            self._record(frame.path, tuple(frame.key))

    def _open(self, frame: _Frame, mark: str) -> None:
        if frame.is_array:
            self._item(frame)
            path = (*frame.path, frame.index)
        elif frame.wants_value:
            path = (*frame.path, *frame.key)
        else:
            if mark == "[" and len(self._stack) == 1 and not frame.key:
                self._header, self._header_marks = [], 1
            return
        if len(self._stack) > DEPTH_MAX:
            message = f"nested more than {DEPTH_MAX} deep; flatten the tables"
            raise TooDeepError(self._line, message)
        self._stack.append(_Frame(path, self._line, is_array=mark == "["))

    def _in_header(self, parts: list[str], mark: str) -> None:
        if mark == "[":
            self._header_marks += 1
        elif mark == "]":
            path = self._resolved(tuple(parts))
            if self._header_marks > 1:
                self._items[path] = self._items.get(path, -1) + 1
                self._lines.setdefault(path, self._line)
                path = (*path, self._items[path])
            self._lines.setdefault(path, self._line)
            self._stack = [_Frame(path, self._line, is_array=False)]
            # What may follow on this line is a second bracket or a comment.
            self._stack[0].wants_value = True
            self._header = None

    def _resolved(self, parts: tuple[str, ...]) -> Path:
        """`[a.b]` below `[[a]]` belongs to the last `a`."""
        path: Path = ()
        for index, part in enumerate(parts):
            path = (*path, part)
            if index < len(parts) - 1:
                self._lines.setdefault(path, self._line)
                if path in self._items:
                    path = (*path, self._items[path])
        return path

    def _record(self, table: Path, key: tuple[str, ...]) -> None:
        for end in range(1, len(key) + 1):
            self._lines.setdefault((*table, *key[:end]), self._line)


def _unquote(word: str) -> str:
    if word[:1] not in "\"'":
        return word
    try:
        return str(tomllib.loads(f"key = {word}")["key"])
    except tomllib.TOMLDecodeError:
        return word
