"""SVG and PNG by the library; a sentence where it is not installed."""

import sys
from xml.etree import ElementTree

import pytest

from detente.canonical.failure import ClientFault
from detente.pictures.drawing import SVG, png, svg
from detente.pictures.grounds import grounds_of
from detente.pictures.looks import LIGHT
from detente.pictures.specification import Heading, specification
from tests.pictures.scenes import a_week, agreements


@pytest.fixture(scope="module")
def drawn() -> str:
    heading = Heading(title="When & where", subtitle="as known")
    return svg(specification(a_week(), grounds_of(agreements()), LIGHT, heading), heading.title)


def test_the_picture_has_a_title_and_every_span_its_words(drawn: str) -> None:
    root = ElementTree.fromstring(drawn)
    titles = [element.text or "" for element in root.iter(f"{{{SVG}}}title")]
    assert titles[0] == "When & where"
    assert root.get("role") == "img"
    (held,) = {title for title in titles if "a week later" in title and "azure" in title}
    assert "clause: deal/lag (hold)" in held
    assert "from: 2023-03-14. until: 2023-03-21" in held


def test_words_stand_in_it_as_text_and_never_as_markup(drawn: str) -> None:
    assert "Sale &amp; &lt;b&gt;more&lt;/b&gt;" in drawn
    assert "<script" not in drawn
    assert "\x1f" not in drawn


def test_png_is_png(drawn: str) -> None:
    assert png(drawn).startswith(b"\x89PNG\r\n")


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(ClientFault, match=r"install `detente\[pictures\]`"):
        svg({}, "x")
