"""Bodies as texts: what is found, what is told as unread, what a change changes."""

from detente.guardrails.bodies import Text, walk


def test_what_was_said_is_found_and_changed_alone() -> None:
    body = walk(b'{"model": "m",  "input": "I am Jane"}', "openai_responses")
    assert body.texts == (Text(path="input", value="I am Jane"),)
    assert body.with_texts({}) == b'{"model": "m",  "input": "I am Jane"}'
    assert body.with_texts({0: "I am X"}) == b'{"model": "m",  "input": "I am X"}'
