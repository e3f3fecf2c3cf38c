"""Citations: what of them the platform takes back, and what a client is given."""

import pytest

from detente.canonical.content import Citation
from detente.dialects.anthropic_messages.citations import (
    decode_citation,
    encode_citation,
    is_native,
)

PLACE = Citation(
    kind="document",
    quote="q",
    title="t",
    source_index=0,
    source_start=1,
    source_end=2,
    unit="character",
)


@pytest.mark.parametrize(
    ("citation", "native"),
    [
        (PLACE, True),
        (Citation(kind="document", quote="q", unit="chunk", source_index=0), False),
        (Citation(kind="document", unit="page", source_index=0), False),
        (Citation(kind="url", url="https://x"), False),
        (Citation(kind="file", file_id="f"), False),
        (decode_citation({"type": "brand_new"}), True),
        (decode_citation({"type": "web_search_result_location", "encrypted_index": "E"}), True),
        (decode_citation({"type": "web_search_result_location", "encrypted_index": ""}), False),
        (decode_citation({"type": "web_search_result_location", "new": 1}), False),
    ],
)
def test_what_the_platform_takes_back(citation: Citation, native: bool) -> None:
    assert is_native(citation) is native


def test_places_of_other_platforms() -> None:
    assert encode_citation(PLACE) == {
        "type": "char_location",
        "cited_text": "q",
        "document_index": 0,
        "document_title": "t",
        "start_char_index": 1,
        "end_char_index": 2,
    }
    found = Citation(kind="document", unit="search_result", url="https://x")
    assert encode_citation(found) == {
        "type": "search_result_location",
        "cited_text": "",
        "search_result_index": 0,
        "source": "https://x",
        "start_block_index": 0,
        "end_block_index": 0,
    }
    assert encode_citation(Citation(kind="file", file_id="f", unit="chunk")) == {
        "type": "content_block_location",
        "cited_text": "",
        "document_index": 0,
        "start_block_index": 0,
        "end_block_index": 0,
        "file_id": "f",
    }
