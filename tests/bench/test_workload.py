"""The work is the same for everyone: exact sizes, valid bodies."""

import json

import pytest

from bench import workload


@pytest.mark.parametrize("stream", [True, False])
def test_every_request_has_the_same_size_and_names_its_model(stream: bool) -> None:
    for model in workload.MODELS:
        body = workload.request_body(model, stream=stream)
        assert len(body) == workload.REQUEST_BYTES
        assert json.loads(body)["model"] == model


def test_the_answer_has_its_size_and_usage() -> None:
    assert len(workload.answer_body()) == workload.ANSWER_BYTES
    assert json.loads(workload.answer_body())["usage"]["total_tokens"] == 270


@pytest.mark.parametrize("with_usage", [True, False])
def test_a_stream_ends_with_done_and_has_usage_only_when_asked(with_usage: bool) -> None:
    closing = workload.closing_events(with_usage=with_usage)
    assert closing.endswith(b"data: [DONE]\n\n")
    assert (b'"usage"' in closing) is with_usage


def test_models_have_publishers() -> None:
    assert {workload.publisher_of(m) for m in workload.MODELS} == set(workload.PUBLISHERS)
