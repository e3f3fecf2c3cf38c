"""Google's JSON has two spellings, and its clients mix them: read as one, written as it came.

>>> source, marks = camel({"task_type": "CLUSTERING"})
>>> source, snake(source, marks)
({'taskType': 'CLUSTERING'}, {'task_type': 'CLUSTERING'})
"""

from typing import Final

from detente.canonical.extras import Obj
from detente.dialects.gemini_embeddings.wire import CAMEL

_PREFIX: Final = "~"
"""Begins the mark of a member in snake case."""


def camel(source: Obj) -> tuple[Obj, tuple[str, ...]]:
    """`source` in camel case, and marks for what was not; itself where all was."""
    snakes = [key for key in source if key in CAMEL and CAMEL[key] not in source]
    if not snakes:
        return source, ()
    renamed: Obj = {(CAMEL[key] if key in snakes else key): value for key, value in source.items()}
    return renamed, tuple([_PREFIX + key for key in snakes])


def snake(target: Obj, marks: tuple[str, ...]) -> Obj:
    """`target` with the marked members in snake case."""
    if not any(mark.startswith(_PREFIX) for mark in marks):
        return target
    wanted = {CAMEL[mark[1:]]: mark[1:] for mark in marks if mark[:1] == _PREFIX}
    return {wanted.get(key, key): value for key, value in target.items()}
