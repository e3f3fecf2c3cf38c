"""What a guardrail says of prompt and answer: `trace.guardrail`, cut in two.

>>> filters_of({"guardrail": {"inputAssessment": {"g": {}}}}, {}, {})[0][0].stage
'input'
"""

from collections.abc import Iterable
from typing import Final

from detente.canonical.extras import Obj
from detente.canonical.response import ContentFilter
from detente.dialects._codec.losses import Losses
from detente.dialects.bedrock_converse.words import DIALECT

NAME: Final = "trace.guardrail"
_INPUT: Final = "inputAssessment"
_TRACE: Final = frozenset(("guardrail", "promptRouter"))

Filters = tuple[ContentFilter, ...]


def filters_of(trace: Obj | None, members: Obj, spelling: Obj) -> tuple[Filters, Filters, str]:
    """The filters of the prompt and of the answer, and the model that a router chose ("" where none
    did). What they do not say of `trace` is added to `members` and `spelling`."""
    if trace is None:
        return (), (), ""
    unknown: Obj = {key: value for key, value in trace.items() if key not in _TRACE}
    spelt: Obj = {}
    asked: Filters = ()
    answered: Filters = ()
    guardrail = trace.get("guardrail")
    if type(guardrail) is dict:
        of_input: Obj = {key: value for key, value in guardrail.items() if key == _INPUT}
        of_output: Obj = {key: value for key, value in guardrail.items() if key != _INPUT}
        asked = _filter("input", of_input)
        answered = _filter("output", of_output)
    if type(guardrail) is not dict or not guardrail:
        spelt.update({key: value for key, value in trace.items() if key == "guardrail"})
    router = trace.get("promptRouter")
    if "promptRouter" in trace:
        spelt["promptRouter"] = router
    if unknown:
        members["trace"] = unknown
    if spelt or not trace:
        spelling["trace"] = spelt
    model = router.get("invokedModelId") if type(router) is dict else None
    return asked, answered, model if type(model) is str else ""


def trace_object(filters: Iterable[ContentFilter], losses: Losses) -> Obj | None:
    """The `trace` that says the filters again, None where none is Bedrock's."""
    found: Obj = {}
    for index, one in enumerate(filters):
        if one.dialect == DIALECT and one.name == NAME and type(one.value) is dict:
            found.update(one.value)
        else:
            why = "Converse tells what Bedrock's own guardrails found"
            losses.lose("content_filter", f"filters[{index}]", why)
    return {"guardrail": found} if found else None


def _filter(stage: str, value: Obj) -> Filters:
    if not value:
        return ()
    if stage == "input":
        return (ContentFilter(dialect=DIALECT, stage="input", name=NAME, value=value),)
    return (ContentFilter(dialect=DIALECT, stage="output", name=NAME, value=value),)
