"""Two spellings of one member."""

from detente.canonical.extras import Extras, Obj
from detente.dialects.gemini_generate import words
from detente.dialects.gemini_generate.spelling import camelled, respelt, snake_of


def test_snake_case_is_read_as_camel_case_and_written_again() -> None:
    source: Obj = {"mime_type": "a", "data": "b", "brand_new": 1}
    camel, snakes = camelled(source, words.BLOB)
    assert camel == {"mimeType": "a", "data": "b", "brand_new": 1}
    assert respelt(camel, Extras(dialect="gemini_generate", marks=snakes)) == source
    assert respelt(camel, Extras(dialect="openai_chat", marks=snakes)) is camel
    assert respelt(camel, None) is camel


def test_who_writes_both_means_the_camel() -> None:
    source: Obj = {"mime_type": "a", "mimeType": "b"}
    assert camelled(source, words.BLOB) == (source, ())


def test_camel_case_costs_no_copy() -> None:
    source: Obj = {"mimeType": "a"}
    assert camelled(source, words.BLOB)[0] is source


def test_names() -> None:
    assert snake_of("parametersJsonSchema") == "parameters_json_schema"
    assert snake_of("text") == "text"
