"""Whether and which tools must be called: `toolConfig.toolChoice`, which has no `none`, or Claude's
own `tool_choice` among the additional fields, which has it and can forbid parallel calls.

Both at once are refused by the platform; so one of them is written.

>>> choice_of({"toolChoice": {"any": {}}}, {})[0].kind
'required'
"""

from typing import Final

from detente.canonical.extras import Extras, Json, Obj
from detente.canonical.request import ToolChoice
from detente.dialects._codec.fields import Misfit, member_or_none, text
from detente.dialects.bedrock_converse.blocks import inner_rest
from detente.dialects.bedrock_converse.words import DIALECT

_NO_MEMBERS: Final = frozenset[str]()
_NAME: Final = frozenset(("name",))
_FIELD: Final = Extras(dialect=DIALECT, marks=("field",))


def choice_of(config: Obj, fields: Obj) -> tuple[ToolChoice | None, bool | None]:
    """The choice, and whether calls may be parallel, None where it is not said.

    Takes Claude's own out of `fields` where it is the only one and understood; raises `Misfit`.
    """
    wire = member_or_none(config, "toolChoice")
    if wire is not None:
        choice = _choice(wire)
        if choice is not None:
            return choice, None
    own = fields.get("tool_choice")
    found = _claude_choice(own) if type(own) is dict else None
    if found is None:
        return None, None
    del fields["tool_choice"]
    return found


def choice_object(choice: ToolChoice) -> Obj | None:
    """As `toolConfig.toolChoice`, None where that has no word."""
    match choice.kind:
        case "auto" | "allowed":
            return {"auto": {}}
        case "required" | "allowed_required":
            return {"any": {}}
        case "named" if choice.names:
            return {"tool": {"name": choice.names[0]}}
        case _:
            return None


def claude_choice_object(choice: ToolChoice | None, parallel: bool | None) -> Obj:
    """As Claude's own `tool_choice`."""
    found: Obj = {"type": "auto"}
    match choice.kind if choice is not None else "auto":
        case "required" | "allowed_required":
            found["type"] = "any"
        case "none":
            found["type"] = "none"
        case "named" if choice is not None and choice.names:
            found = {"type": "tool", "name": choice.names[0]}
        case _:
            pass
    if parallel is not None and found["type"] != "none":
        found["disable_parallel_tool_use"] = not parallel
    return found


def _choice(wire: Obj) -> ToolChoice | None:
    for name, value in wire.items():
        if type(value) is not dict:
            continue
        match name:
            case "auto":
                return ToolChoice(kind="auto", extras=_rest(wire, name))
            case "any":
                return ToolChoice(kind="required", extras=_rest(wire, name))
            case "tool":
                extras = inner_rest(wire, name, _NAME)
                return ToolChoice(kind="named", names=(_named(value),), extras=extras)
            case _:
                pass
    return None


def _rest(wire: Obj, name: str) -> Extras | None:
    return inner_rest(wire, name, _NO_MEMBERS)


def _named(value: Obj) -> str:
    try:
        return text(value, "name")
    except Misfit as misfit:
        misfit.under("toolConfig.toolChoice.tool")
        raise


def _claude_choice(wire: Obj) -> tuple[ToolChoice, bool | None] | None:
    """Claude's own choice, None where it says more than is understood."""
    single = wire.get("disable_parallel_tool_use")
    if single is not None and type(single) is not bool:
        return None
    parallel = None if single is None else not single
    choice = _claude_kind(wire.get("type"), wire.get("name"))
    if choice is None or claude_choice_object(choice, parallel) != wire:
        return None
    return choice, parallel


def _claude_kind(kind: Json, name: Json) -> ToolChoice | None:
    match kind:
        case "auto":
            return ToolChoice(kind="auto", extras=_FIELD)
        case "any":
            return ToolChoice(kind="required", extras=_FIELD)
        case "none":
            return ToolChoice(kind="none", extras=_FIELD)
        case "tool" if type(name) is str:
            return ToolChoice(kind="named", names=(name,), extras=_FIELD)
        case _:
            return None
