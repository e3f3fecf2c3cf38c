"""Converse's citations."""

from detente.canonical.content import (
    Citation,
)
from detente.canonical.extras import Extras
from detente.dialects._codec.losses import Losses
from detente.dialects.bedrock_converse.citations import citation_object
from tests.dialects.bedrock_converse.reading import parts


def test_citations() -> None:
    (found,) = parts(
        {
            "citationsContent": {
                "content": [{"text": "a"}, {"text": "b"}],
                "citations": [
                    {"location": {"web": {"url": "https://a.example", "domain": "a.example"}}},
                    {
                        "title": "T",
                        "sourceContent": [{"text": "q"}],
                        "location": {"documentPage": {"documentIndex": 1, "start": 2, "end": 3}},
                    },
                    {
                        "source": "kb",
                        "location": {"searchResultLocation": {"searchResultIndex": 4, "start": 0}},
                    },
                ],
            }
        }
    )
    assert found.text == "ab"
    first, second, third = found.citations
    assert (first.kind, first.url) == ("url", "https://a.example")
    assert second == Citation(
        kind="document",
        title="T",
        quote="q",
        source_index=1,
        source_start=2,
        source_end=3,
        unit="page",
    )
    assert (third.url, third.unit, third.source_index) == ("kb", "search_result", 4)


def test_what_another_api_says_of_a_citation_is_named() -> None:
    extras = Extras(dialect="anthropic_messages", members={"new": 1})
    losses = Losses()
    citation_object(Citation(kind="url", url="https://e", extras=extras), losses, "c")
    assert [str(loss) for loss in losses.found] == ["unknown_member@c.new"]
