"""How many recorded answers of each platform each client is told alike, as a table.

A cell counts three forms: whole answers, streams, and whole answers to a client that asked for a
stream.

>>> matrix = Matrix()
>>> matrix.add("openai_chat", "gemini_generate", "whole", None)
>>> "1/1" in str(matrix)
True
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from detente.canonical.model import Dialect
from tests.pairs.recordings import FIVE

Form = Literal["whole", "streamed", "unstreamed"]
"""`unstreamed` is a whole answer where the client asked for a stream."""

FORMS: tuple[Form, ...] = ("whole", "streamed", "unstreamed")


@dataclass
class Matrix:
    """Counts by upstream, client and form, and what differed."""

    passed: Counter[tuple[Dialect, Dialect, Form]] = field(
        default_factory=Counter[tuple[Dialect, Dialect, Form]]
    )
    total: Counter[tuple[Dialect, Dialect, Form]] = field(
        default_factory=Counter[tuple[Dialect, Dialect, Form]]
    )
    failures: list[str] = field(default_factory=list[str])

    def add(
        self, upstream: Dialect, client: Dialect, form: Form, failure: str | None, name: str = ""
    ) -> None:
        """Count one answer; `failure` None is a pass."""
        cell = (upstream, client, form)
        self.total[cell] += 1
        self.passed[cell] += failure is None
        if failure is not None:
            self.failures.append(f"{upstream} to {client}, {form}, {name}: {failure}")

    def __str__(self) -> str:
        """Rows are upstreams, columns clients; a cell is whole, streamed, unstreamed."""
        width = 25
        head = "from \\ to".ljust(20) + "".join(client.ljust(width) for client in FIVE)
        rows = [
            upstream.ljust(20)
            + "".join(self._cell(upstream, client).ljust(width) for client in FIVE)
            for upstream in FIVE
        ]
        total = f"{self.passed.total()} of {self.total.total()} alike (whole, streamed, unstreamed)"
        return "\n".join([head.rstrip(), *(row.rstrip() for row in rows), total])

    def _cell(self, upstream: Dialect, client: Dialect) -> str:
        cells: list[tuple[Dialect, Dialect, Form]] = [(upstream, client, form) for form in FORMS]
        return " ".join(
            f"{self.passed[cell]}/{self.total[cell]}" for cell in cells if self.total[cell]
        )
