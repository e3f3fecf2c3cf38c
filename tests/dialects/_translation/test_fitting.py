"""What a model cannot do is changed or left out, and always named."""

import pytest

from detente.canonical.capability import UNKNOWN, Capabilities
from detente.canonical.content import Inline, Media, Text, ToolResult, Turn
from detente.canonical.request import OutputFormat, ReasoningControl, Request, ToolChoice
from detente.dialects._codec.losses import Losses
from detente.dialects._translation.fitting import fitted

IMAGE = Media(kind="image", source=Inline(media_type="image/png", data="aGk="))
SCHEMA = OutputFormat(kind="json_schema", schema={})


def asked(**members: object) -> Request:
    return Request(model="m", turns=(), **members)  # pyright: ignore[reportArgumentType] -- a table's members


@pytest.mark.parametrize(
    ("request_", "model", "member", "becomes", "what"),
    [
        (
            asked(max_output_tokens=9),
            {"output_tokens_max": 5},
            "max_output_tokens",
            5,
            "input_range",
        ),
        (asked(temperature=1.5), {"temperature": (0.0, 1.0)}, "temperature", 1.0, "input_range"),
        (asked(temperature=-1), {"temperature": (0.0, 1.0)}, "temperature", 0.0, "input_range"),
        (asked(temperature=1.5), {"sampling": ()}, "temperature", None, "temperature"),
        (asked(top_k=4), {"sampling": ("top_p",)}, "top_k", None, "top_k"),
        (asked(seed=4), {"sampling": ()}, "seed", None, "seed"),
        (asked(stop=("a",)), {"sampling": ()}, "stop", (), "stop"),
        (asked(logprobs=True), {"sampling": ()}, "logprobs", None, "logprobs"),
        (
            asked(tool_choice=ToolChoice(kind="required")),
            {"forced_tool_choice": False},
            "tool_choice",
            None,
            "tool_choice",
        ),
        (
            asked(parallel_tool_calls=True),
            {"parallel_tool_calls": False},
            "parallel_tool_calls",
            None,
            "parallel_tool_calls",
        ),
        (
            asked(output_format=SCHEMA),
            {"structured_output": False},
            "output_format",
            None,
            "json_schema",
        ),
        (
            asked(reasoning=ReasoningControl(effort="low")),
            {"reasoning": ("none",)},
            "reasoning",
            None,
            "reasoning_control",
        ),
        (
            asked(reasoning=ReasoningControl(enabled=False)),
            {"reasoning": ("adaptive",), "reasoning_can_be_off": False},
            "reasoning",
            None,
            "reasoning_control",
        ),
        (
            asked(reasoning=ReasoningControl(effort="xhigh")),
            {"reasoning": ("effort",), "reasoning_efforts": ("low", "high")},
            "reasoning",
            ReasoningControl(effort="high"),
            "input_range",
        ),
        (
            asked(reasoning=ReasoningControl(effort="xhigh")),
            {"reasoning": ("effort",), "reasoning_efforts": ("none",)},
            "reasoning",
            ReasoningControl(),
            "input_range",
        ),
    ],
)
def test_what_a_model_cannot_do_is_fitted_and_named(
    request_: Request, model: dict[str, object], member: str, becomes: object, what: str
) -> None:
    losses = Losses()
    capabilities = Capabilities(**model)  # pyright: ignore[reportArgumentType] -- a table's members
    fit = fitted(request_, capabilities, losses)
    assert getattr(fit, member) == becomes
    assert [loss.what for loss in losses.found] == [what]


@pytest.mark.parametrize(
    ("request_", "model"),
    [
        (asked(temperature=9, top_k=3, stop=("a",)), {}),
        (asked(temperature=0.5), {"temperature": (0.0, 1.0), "sampling": ("temperature",)}),
        (asked(tool_choice=ToolChoice(kind="auto")), {"forced_tool_choice": False}),
        (asked(reasoning=ReasoningControl(effort="low")), {"context_tokens": 5}),
        (
            asked(reasoning=ReasoningControl(effort="low")),
            {"reasoning": ("effort",), "reasoning_efforts": ("low",)},
        ),
    ],
)
def test_what_it_can_do_stays(request_: Request, model: dict[str, object]) -> None:
    losses = Losses()
    capabilities = Capabilities(**model)  # pyright: ignore[reportArgumentType] -- a table's members
    assert fitted(request_, capabilities, losses) is request_
    assert losses.found == []
    assert fitted(request_, UNKNOWN, losses) is request_


@pytest.mark.parametrize(
    "control", [ReasoningControl(effort="high"), ReasoningControl(budget_tokens=2048)]
)
def test_a_model_that_only_decides_itself_is_left_to_it(control: ReasoningControl) -> None:
    losses = Losses()
    request = fitted(asked(reasoning=control), Capabilities(reasoning=("adaptive",)), losses)
    assert request.reasoning == ReasoningControl(adaptive=True)
    assert [loss.what for loss in losses.found] == ["reasoning_control"]


def test_reasoning_that_is_off_anyway_is_no_loss() -> None:
    losses = Losses()
    request_ = asked(reasoning=ReasoningControl(effort="none"))
    assert fitted(request_, Capabilities(reasoning=("none",)), losses).reasoning is None
    assert losses.found == []


def test_media_that_it_cannot_read_leave_their_turns() -> None:
    losses = Losses()
    turns = (
        Turn(role="user", parts=(Text(text="see"), IMAGE)),
        Turn(role="tool", parts=(ToolResult(call_id="c", parts=(Text(text="a"), IMAGE)),)),
        Turn(role="user", parts=(Text(text="so?"),)),
    )
    request_ = Request(model="m", turns=turns)
    fit = fitted(request_, Capabilities(input_modalities=("text",)), losses)
    assert fit.turns[0].parts == (Text(text="see"),)
    assert fit.turns[1].parts == (ToolResult(call_id="c", parts=(Text(text="a"),)),)
    assert fit.turns[2] is turns[2]
    assert [loss.path for loss in losses.found] == [
        "turns[0].parts[1]",
        "turns[1].parts[0].parts[1]",
    ]
    assert all(loss.severity == "refuse" for loss in losses.found)
    assert fitted(request_, Capabilities(input_modalities=("text", "image")), Losses()) is request_


def test_a_prefill_that_the_model_does_not_continue_is_named() -> None:
    losses = Losses()
    turn = Turn(role="assistant", parts=(Text(text="I"),))
    fitted(Request(model="m", turns=(turn,)), Capabilities(prefill=False), losses)
    assert [loss.what for loss in losses.found] == ["assistant_prefill"]
