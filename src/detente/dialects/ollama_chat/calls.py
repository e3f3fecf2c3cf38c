"""Tool calls without ids: made of their places, so that the same request has the same ids.

A result names its tool at best. It belongs to the first call of that name that has no result yet,
or to the first of any name.

>>> pending = Pending()
>>> pending.called("a1", "weather"), pending.answered("weather", None)
(None, 'a1')
"""

from typing import Final

from detente.canonical.content import ToolCall
from detente.canonical.extras import Json, Obj
from detente.dialects._codec import fields
from detente.dialects._codec.arguments import arguments_text
from detente.dialects._codec.rest import rest
from detente.dialects.ollama_chat.wire import NAME

_CALL: Final = frozenset(("type", "id", "function"))
_FUNCTION: Final = frozenset(("name", "arguments", "index"))


class Pending:
    """The calls of a conversation that have no result yet."""

    __slots__ = ("_calls", "_made")

    def __init__(self) -> None:
        self._calls: list[tuple[str, str]] = []
        self._made = 0

    def called(self, call_id: str, name: str) -> None:
        """A call was made."""
        self._calls.append((call_id, name))

    def answered(self, name: str | None, call_id: str | None) -> str:
        """The id of the call that a result belongs to; a result without a call gets an id, too."""
        for index, (known, called) in enumerate(self._calls):
            if known == call_id or (call_id is None and name in (None, called)):
                del self._calls[index]
                return known
        if call_id is None and self._calls:
            return self._calls.pop(0)[0]
        self._made += 1
        return call_id or f"result_{self._made}"


def read_call(item: Obj, made_id: str) -> ToolCall:
    """A call; `made_id` is its id where it has none. Raises `Misfit`."""
    function = fields.member(item, "function")
    told = item.get("id")
    arguments = function.get("arguments")
    members: Obj = {}
    spelling: Obj = {}
    unknown: Obj = {key: value for key, value in function.items() if key not in _FUNCTION}
    if unknown:
        members["function"] = unknown
    if "index" in function:
        spelling["function"] = {"index": function["index"]}
    if "type" in item:
        spelling["type"] = item["type"]
    if type(told) is str and told:
        spelling["id"] = told
    return ToolCall(
        id=told if type(told) is str and told else made_id,
        name=fields.text(function, "name"),
        arguments=_arguments(arguments),
        extras=rest(item, _CALL, NAME, members=members, spelling=spelling),
    )


def _arguments(value: Json) -> str:
    if type(value) is dict:
        return arguments_text(value)
    if value is None:
        return "{}"
    raise fields.Misfit("function.arguments", "must be an object")
