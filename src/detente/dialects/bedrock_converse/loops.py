"""A tool loop whose thoughts are gone, which Claude does not go on with while it has a budget to
think within: it is asked not to think, for this one answer.

Not for what was all said in Converse: the platform judges its own words itself.

>>> body: Obj = {"messages": [
...     {"role": "assistant", "content": [{"toolUse": {}}]},
...     {"role": "user", "content": [{"toolResult": {}}]},
... ], "additionalModelRequestFields": {"thinking": {"type": "enabled", "budget_tokens": 1024}}}
>>> end_thinking(Request(model="m", turns=()), body, Losses())
>>> body["additionalModelRequestFields"]
{'thinking': {'type': 'disabled'}}
"""

from typing import Final

from detente.canonical.content import Reasoning
from detente.canonical.extras import Json, Obj
from detente.canonical.request import Request
from detente.dialects._codec.losses import Losses
from detente.dialects.bedrock_converse.words import DIALECT

_WHY: Final = "the thoughts of this tool loop are gone, without which Claude does not go on"


def end_thinking(request: Request, body: Obj, losses: Losses, *, mixed: bool = False) -> None:
    """Forbid `body`, which has its messages and model fields, to think where it cannot go on;
    `mixed` is whether other platforms may have said parts of the conversation."""
    fields = body.get("additionalModelRequestFields")
    thinking = fields.get("thinking") if type(fields) is dict else None
    if type(fields) is not dict or type(thinking) is not dict:
        return
    if thinking.get("type") != "enabled" or not (mixed or _is_foreign(request)):
        return
    messages = body.get("messages")
    if type(messages) is not list or len(messages) < 2:
        return
    answer, results = _blocks_of(messages[-2]), _blocks_of(messages[-1])
    if "toolResult" in results and "toolUse" in answer and answer[0] != "reasoningContent":
        fields["thinking"] = {"type": "disabled"}
        losses.lose("reasoning_control", "reasoning", _WHY)


def _is_foreign(request: Request) -> bool:
    """Whether other platforms said something of the conversation."""
    return request.origin != DIALECT or any(
        isinstance(part, Reasoning) and part.state is not None and part.state.origin != DIALECT
        for turn in request.turns
        for part in turn.parts
    )


def _blocks_of(message: Json) -> list[str]:
    """What each of a message's blocks is."""
    content = message.get("content") if type(message) is dict else None
    if type(content) is not list:
        return []
    return [next(iter(block)) for block in content if type(block) is dict and block]
