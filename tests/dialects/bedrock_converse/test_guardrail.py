"""A guardrail's words: cut into those for the prompt and those for the answer, and joined again."""

import pytest

from detente.canonical.extras import Obj
from detente.canonical.response import ContentFilter
from detente.dialects._codec.losses import Losses
from detente.dialects.bedrock_converse.guardrail import filters_of, trace_object

WORDS: Obj = {
    "inputAssessment": {"g": {}},
    "outputAssessments": {"g": []},
    "modelOutput": ["x"],
    "actionReason": "blocked",
}


def test_words_are_cut_and_joined() -> None:
    members: Obj = {}
    spelling: Obj = {}
    asked, answered, model = filters_of({"guardrail": WORDS}, members, spelling)
    assert [one.stage for one in (*asked, *answered)] == ["input", "output"]
    assert asked[0].value == {"inputAssessment": {"g": {}}}
    assert (members, spelling, model) == ({}, {}, "")
    losses = Losses()
    assert trace_object((*asked, *answered), losses) == {"guardrail": WORDS}
    assert losses.found == []


@pytest.mark.parametrize(
    ("trace", "members", "spelling", "model"),
    [
        (None, {}, {}, ""),
        ({}, {}, {"trace": {}}, ""),
        ({"guardrail": {}}, {}, {"trace": {"guardrail": {}}}, ""),
        (
            {"promptRouter": {"invokedModelId": "arn:x"}},
            {},
            {"trace": {"promptRouter": {"invokedModelId": "arn:x"}}},
            "arn:x",
        ),
        ({"brandNew": 1}, {"trace": {"brandNew": 1}}, {}, ""),
    ],
)
def test_the_rest_of_a_trace(trace: Obj | None, members: Obj, spelling: Obj, model: str) -> None:
    found_members: Obj = {}
    found_spelling: Obj = {}
    assert filters_of(trace, found_members, found_spelling) == ((), (), model)
    assert (found_members, found_spelling) == (members, spelling)


def test_filters_of_others_are_named() -> None:
    losses = Losses()
    other = ContentFilter(dialect="openai_chat", stage="input", name="filter", value={})
    assert trace_object((other,), losses) is None
    assert [str(loss) for loss in losses.found] == ["content_filter@filters[0]"]
