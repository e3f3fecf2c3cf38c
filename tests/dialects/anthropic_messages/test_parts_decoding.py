"""Content blocks: every kind comes back as it was."""

from typing import Any

import pytest

from detente.canonical.content import Native
from detente.canonical.failure import ClientFault
from tests.dialects.anthropic_messages.asking import LEAST, decoded, round_trip


def test_blocks_of_the_platform_are_native() -> None:
    block: dict[str, Any] = {"type": "web_search_tool_result", "tool_use_id": "s", "content": []}
    request = decoded(messages=[{"role": "user", "content": [block]}])
    assert request.turns[0].parts == (
        Native(dialect="anthropic_messages", name="web_search_tool_result", value=block),
    )


def test_a_call_that_no_result_could_name_is_at_fault() -> None:
    call: dict[str, Any] = {"type": "tool_use", "id": "", "name": "f", "input": {}}
    with pytest.raises(ClientFault, match=r"`messages\[0\]\.content\[0\]\.id`"):
        decoded(messages=[{"role": "assistant", "content": [call]}])


BLOCKS: list[dict[str, Any]] = [
    {"type": "text", "text": "hi"},
    {"type": "text", "text": "", "citations": None},
    {"type": "text", "text": "x", "citations": [], "cache_control": {"type": "ephemeral"}},
    {"type": "text", "text": "x", "cache_control": {"type": "new", "ttl": "9h", "x": 1}},
    {"type": "text", "text": "x", "cache_control": None, "brand_new": {"deep": [1]}},
    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "QUJD"}},
    {"type": "image", "source": {"type": "base64", "media_type": "image/tiff", "data": "QUJD"}},
    {"type": "image", "source": {"type": "url", "url": "gs://x", "new": 1}},
    {"type": "image", "source": {"type": "file", "file_id": "f"}, "transformations": {"x": 1}},
    {"type": "image", "source": {"type": "brand_new"}},
    {"type": "document", "source": {"type": "brand_new"}},
    {
        "type": "document",
        "source": {"type": "text", "media_type": "text/markdown", "data": "a"},
        "title": "t",
        "context": None,
        "citations": {"enabled": True, "new": 1},
    },
    {"type": "document", "source": {"type": "content", "content": "plain"}, "citations": {}},
    {
        "type": "document",
        "source": {
            "type": "content",
            "content": [
                {"type": "text", "text": "a"},
                {"type": "image", "source": {"type": "url", "url": "https://x"}},
                {"type": "tool_use", "x": 1},
            ],
        },
    },
    {
        "type": "document",
        "source": {"type": "base64", "media_type": "application/zip", "data": "QUJD"},
    },
    {
        "type": "search_result",
        "source": "https://x",
        "title": "t",
        "content": [{"type": "text", "text": "a", "citations": [{"type": "brand_new"}]}],
        "citations": {"enabled": False},
        "cache_control": {"type": "ephemeral"},
    },
    {"type": "thinking", "thinking": "t", "signature": "SIGNED"},
    {"type": "thinking", "thinking": "", "signature": "SIGNED", "new": 1},
    {"type": "redacted_thinking", "data": "HIDDEN"},
    {"type": "tool_use", "id": "a", "name": "b", "input": {"x": [1, {"y": None}]}},
    {"type": "tool_use", "id": "a", "name": "b", "input": {}, "caller": {"type": "direct"}},
    {
        "type": "tool_use",
        "id": "a",
        "name": "b",
        "input": {},
        "caller": {"type": "code_execution_20250825", "tool_id": "s"},
        "cache_control": {"type": "ephemeral", "ttl": "5m"},
    },
    {"type": "tool_result", "tool_use_id": "a"},
    {"type": "tool_result", "tool_use_id": "a", "content": ""},
    {"type": "tool_result", "tool_use_id": "a", "content": []},
    {"type": "tool_result", "tool_use_id": "a", "content": "ok", "is_error": True},
    {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "text": "ok"}]},
    {
        "type": "tool_result",
        "tool_use_id": "a",
        "content": [
            {"type": "image", "source": {"type": "url", "url": "https://x"}},
            {"type": "tool_reference", "tool_name": "x"},
            {"type": "tool_result", "tool_use_id": "nested"},
        ],
        "toolset_name": "computer",
    },
    {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
    {"type": "brand_new"},
]


CITATIONS: list[dict[str, Any]] = [
    {
        "type": "char_location",
        "cited_text": "x",
        "document_index": 0,
        "document_title": None,
        "start_char_index": 0,
        "end_char_index": 1,
        "file_id": "f",
    },
    {
        "type": "page_location",
        "cited_text": "x",
        "document_index": 0,
        "document_title": "t",
        "start_page_number": 1,
        "end_page_number": 2,
    },
    {
        "type": "content_block_location",
        "cited_text": "x",
        "document_index": 1,
        "document_title": "t",
        "start_block_index": 0,
        "end_block_index": 1,
        "new": 1,
    },
    {
        "type": "search_result_location",
        "cited_text": "x",
        "search_result_index": 0,
        "source": "s",
        "title": "t",
        "start_block_index": 0,
        "end_block_index": 1,
    },
    {
        "type": "web_search_result_location",
        "cited_text": "x",
        "encrypted_index": "E",
        "title": None,
        "url": "https://x",
    },
    {"type": "brand_new", "x": 1},
]


@pytest.mark.parametrize("block", BLOCKS)
def test_every_block_comes_back_as_it_was(block: dict[str, Any]) -> None:
    body = LEAST | {"messages": [{"role": "user", "content": [block]}]}
    assert round_trip(body) == (body, ())


@pytest.mark.parametrize("citation", CITATIONS)
def test_every_citation_comes_back_as_it_was(citation: dict[str, Any]) -> None:
    block = {"type": "text", "text": "x", "citations": [citation]}
    body = LEAST | {"messages": [{"role": "assistant", "content": [block]}]}
    assert round_trip(body) == (body, ())
