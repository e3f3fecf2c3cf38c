"""What chat completions refuse of their messages: calls without results, results without calls.

The words are OpenAI's. Reads no bytes.

>>> check([])
"""

from typing import Protocol

from detente.simulator.exchange import RequestError


class Call(Protocol):
    """What the checks need of a call."""

    @property
    def id(self) -> str: ...


class Message(Protocol):
    """What the checks need of a message."""

    @property
    def role(self) -> str: ...
    @property
    def tool_call_id(self) -> str: ...
    @property
    def calls(self) -> "tuple[Call, ...]": ...


def check(messages: list[Message]) -> None:
    """Raises `RequestError` 400."""
    wanted: set[str] = set()
    called: set[str] = set()
    for number, message in enumerate(messages):
        if message.role == "tool":
            if message.tool_call_id not in called:
                raise RequestError(
                    400,
                    "messages with role 'tool' must be a response to a preceeding message with "
                    "'tool_calls'.",
                    param=f"messages.[{number}].role",
                )
            wanted.discard(message.tool_call_id)
            continue
        _check_answered(wanted, number)
        wanted = called = set()
        if message.role == "assistant":
            called = {call.id for call in message.calls}
            wanted = set(called)
    _check_answered(wanted, len(messages))


def _check_answered(wanted: set[str], number: int) -> None:
    if wanted:
        raise RequestError(
            400,
            "An assistant message with 'tool_calls' must be followed by tool messages responding "
            "to each 'tool_call_id'. The following tool_call_ids did not have response messages: "
            f"{', '.join(sorted(wanted))}",
            param=f"messages.[{number}].role",
        )
