"""Azure's content filters on request."""

import pytest

from detente.simulator.platforms.azure import PLATFORM
from detente.simulator.platforms.azure_filters import PromptBlocked, check_prompt, trim_of
from tests.simulator.platforms.asking import asked, error_of
from tests.simulator.values import SETTING


@pytest.mark.parametrize("prompt", ["forbidden prompt", "Forbidden thing in a prompt"])
def test_a_prompt_that_is_refused(prompt: str) -> None:
    with pytest.raises(PromptBlocked):
        check_prompt(prompt)


@pytest.mark.parametrize("prompt", ["", "hi", "forbidden answer", "a forbidden prompt"])
def test_a_prompt_that_is_not(prompt: str) -> None:
    check_prompt(prompt)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (
            "/openai/v1/chat/completions",
            {"messages": [{"role": "user", "content": "forbidden prompt"}]},
        ),
        ("/openai/v1/responses", {"input": "forbidden prompt"}),
    ],
)
def test_the_error_tells_what_was_found(path: str, body: dict[str, object]) -> None:
    reply = asked(PLATFORM, SETTING, path, {"model": "m", **body})
    error = error_of(reply)
    assert (reply.status, error["code"]) == (400, "content_filter")
    assert error["innererror"]["code"] == "ResponsibleAIPolicyViolation"
    found = error["innererror"]["content_filter_result"]
    assert found["violence"] == {"filtered": True, "severity": "high"}
    assert found["hate"] == {"filtered": False, "severity": "safe"}


@pytest.mark.parametrize(
    ("prompt", "finding"),
    [("hi", False), ("forbidden answer", True), ("unfiltered ", None)],
)
def test_what_is_said_of_an_answer(prompt: str, finding: bool | None) -> None:
    trim = trim_of(prompt)
    results = trim.choice["content_filter_results"]
    assert isinstance(results, dict)
    if finding is None:
        assert results["error"]["code"] == "content_filter_error"
    else:
        assert results["violence"]["filtered"] is finding
    assert trim.first_chunk is not None
    assert trim.first_chunk["prompt_filter_results"] == trim.whole["prompt_filter_results"]
