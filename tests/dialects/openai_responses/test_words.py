"""The tables know every member that the official SDK's types know."""

from typing import Any, get_type_hints

import pytest
from openai.types import responses as sdk
from openai.types.responses import response_create_params
from openai.types.responses.response_output_text import AnnotationURLCitation, Logprob
from openai.types.shared import Reasoning

from detente.dialects.openai_responses import words


def members(model: Any) -> set[str]:
    """The wire names of a model's members."""
    return {field.alias or name for name, field in model.model_fields.items()}


@pytest.mark.parametrize(
    ("models", "known"),
    [
        ((sdk.Response,), words.RESPONSE),
        ((sdk.ResponseUsage,), words.USAGE),
        ((sdk.ResponseOutputMessage, sdk.EasyInputMessage), words.MESSAGE),
        ((sdk.ResponseFunctionToolCall, sdk.ResponseFunctionToolCallItem), words.CALL),
        ((sdk.ResponseCustomToolCall, sdk.ResponseCustomToolCallItem), words.CUSTOM_CALL),
        (
            (
                sdk.ResponseFunctionToolCallOutputItem,
                sdk.ResponseCustomToolCallOutput,
                sdk.response_input_item.FunctionCallOutput,
            ),
            words.RESULT,
        ),
        ((sdk.ResponseReasoningItem,), words.REASONING),
        ((sdk.ResponseInputText, sdk.ResponseOutputText), words.TEXT),
        ((sdk.ResponseOutputRefusal,), words.REFUSAL),
        ((sdk.ResponseInputImage, sdk.ResponseInputImageContent), words.IMAGE),
        ((sdk.ResponseInputFile, sdk.ResponseInputFileContent), words.FILE),
        ((sdk.ResponseInputAudio,), words.AUDIO),
        ((AnnotationURLCitation,), words.URL_CITATION),
        ((Logprob,), words.LOGPROB),
        ((sdk.FunctionTool,), words.FUNCTION),
        ((sdk.CustomTool,), words.CUSTOM),
        ((sdk.ToolChoiceAllowed, sdk.ToolChoiceFunction, sdk.ToolChoiceCustom), words.CHOICE),
        ((sdk.ResponseFormatTextJSONSchemaConfig,), words.FORMAT),
        ((sdk.ResponseTextConfig,), words.TEXT_SETTINGS),
        ((Reasoning,), words.REASONING_SETTINGS),
    ],
)
def test_every_member_is_known(models: tuple[Any, ...], known: frozenset[str]) -> None:
    assert set().union(*(members(model) for model in models)) - known == set()


def test_every_setting_of_a_request_is_known() -> None:
    said = set(get_type_hints(response_create_params.ResponseCreateParamsStreaming))
    assert said - words.REQUEST == set()
