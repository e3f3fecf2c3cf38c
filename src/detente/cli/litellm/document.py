"""The proxy's YAML as plain tables, and the notes of what is not carried over.

>>> parsed(b"model_list: []", "config.yaml")
{'model_list': []}
"""

from typing import Any, cast

from detente.canonical.failure import ClientFault

Table = dict[str, Any]
"""A mapping of the file: YAML has no types of its own, so its values are looked at one by one."""

DOCUMENT_BYTES_MAX = 4 * 1024 * 1024
"""Real files have a few hundred lines; a larger one is something else."""


class Notes:
    """What is not carried over, a sentence each, in the order of the file and never twice."""

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def add(self, where: str, why: str) -> None:
        """Note that the setting at `where` is not carried over, or not as it stood."""
        sentence = f"`{where}`: {why}"
        if sentence not in self.sentences:
            self.sentences.append(sentence)


def parsed(data: bytes, file: str) -> Table:
    """The file's top-level table; raises `ClientFault` where there is none."""
    try:
        import yaml  # noqa: PLC0415 - an optional extra
    except ModuleNotFoundError:
        raise ClientFault(
            "request_invalid", "PyYAML is not installed; install `detente[import]`"
        ) from None
    if len(data) > DOCUMENT_BYTES_MAX:
        raise ClientFault("request_invalid", f"`{file}` is too large; give a proxy's `config.yaml`")
    try:
        found = yaml.safe_load(data)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = "" if mark is None else f" at line {mark.line + 1}"
        raise ClientFault(
            "request_invalid", f"`{file}` is not YAML{line}; give a proxy's `config.yaml`"
        ) from None
    if not isinstance(found, dict):
        raise ClientFault(
            "request_invalid", f"`{file}` holds no settings; give a proxy's `config.yaml`"
        )
    return _named(cast(dict[object, object], found))


def table_of(table: Table, key: str, notes: Notes, at: str = "") -> Table:
    """Take the table at `key`; an empty one where there is none."""
    value = table.pop(key, None)
    if isinstance(value, dict):
        return _named(cast(dict[object, object], value))
    if value is not None:
        notes.add(f"{at}{key}", "it is no table, so nothing of it is carried over")
    return {}


def tables_of(table: Table, key: str, notes: Notes) -> list[Table]:
    """Take the list of tables at `key`; an empty one where there is none."""
    value = table.pop(key, None)
    if value is None:
        return []
    if not isinstance(value, list):
        notes.add(key, "it is no list, so nothing of it is carried over")
        return []
    found: list[Table] = []
    for index, entry in enumerate(cast(list[object], value)):
        if isinstance(entry, dict):
            found.append(_named(cast(dict[object, object], entry)))
        else:
            notes.add(f"{key}[{index}]", "it is no table, so nothing of it is carried over")
    return found


def text_of(table: Table, key: str) -> str | None:
    """Take the text at `key`, a number as its digits; anything else stays, and None is returned."""
    value = table.get(key)
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    del table[key]
    return str(value).strip() or None


def whole_of(table: Table, key: str) -> int | None:
    """Take the positive whole number at `key`, None where there is none."""
    value = table.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 1:
        return None
    del table[key]
    return int(value)


def _named(table: dict[object, object]) -> Table:
    return {str(key): value for key, value in table.items()}
