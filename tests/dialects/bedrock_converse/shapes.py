"""Values of the shapes that the official client's service model describes, for Hypothesis.

>>> shape("ConversationRole")  # doctest: +ELLIPSIS
sampled_from(...
"""

import functools
import importlib
from typing import Any

from hypothesis import strategies as st

Json = Any
_LOADERS: Any = importlib.import_module("botocore.loaders")
_DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)
DOCUMENT = st.dictionaries(st.text(max_size=4), _DOCUMENTS, max_size=3)


@functools.cache
def shapes() -> dict[str, Any]:
    """All shapes of the runtime's model."""
    return _LOADERS.Loader().load_service_model("bedrock-runtime", "service-2")["shapes"]


@functools.cache
def shape(name: str) -> st.SearchStrategy[Json]:
    """JSON of the shape `name`; a union has one member."""
    told = shapes()[name]
    if told.get("document") or name == "GuardrailAssessment":
        return DOCUMENT  # what guardrails found is carried as it stands
    match told["type"]:
        case "structure" if told.get("union"):
            return st.one_of(
                [
                    st.fixed_dictionaries({key: st.deferred(lambda one=one: shape(one["shape"]))})
                    for key, one in sorted(told["members"].items())
                ]
            )
        case "structure":
            members = {
                key: st.deferred(lambda one=one: shape(one["shape"]))
                for key, one in told["members"].items()
                if "location" not in one
            }
            required = told.get("required", ())
            return st.fixed_dictionaries(
                {key: value for key, value in members.items() if key in required},
                optional={key: value for key, value in members.items() if key not in required},
            )
        case "list":
            return st.lists(st.deferred(lambda: shape(told["member"]["shape"])), max_size=2)
        case "map":
            return st.dictionaries(
                st.text(max_size=4), st.deferred(lambda: shape(told["value"]["shape"])), max_size=2
            )
        case kind:
            return _scalar(kind, told)


def _scalar(kind: str, told: dict[str, Any]) -> st.SearchStrategy[Json]:
    if "enum" in told:
        return st.sampled_from(told["enum"])
    match kind:
        case "string":
            return st.text(min_size=told.get("min", 0) and 1, max_size=6)
        case "blob":
            return st.sampled_from(["aGk=", "aGkh", ""])
        case "boolean":
            return st.booleans()
        case "float" | "double":
            return st.floats(0, 1) | st.integers(0, 1)
        case _:
            return st.integers(0, 1000)
