"""The page: one file that loads nothing, says everything twice, and takes no orders from text."""

import re
from html.parser import HTMLParser

import msgspec
import pytest

from detente.pictures.grounds import grounds_of
from detente.pictures.page import page
from detente.pictures.specification import Heading
from tests.agreements.scenes import loaded_files
from tests.pictures.scenes import CONTRACT, WORLD, a_week, agreements, drawn

EVIL = '</script><img src="http://evil.invalid/x" onerror="alert(1)">'
LOADING = {"src", "href", "srcset", "data", "action", "poster", "background", "xlink:href"}


class Seen(HTMLParser):
    """The tags, what they would load, and the text of cells."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loaded: list[str] = []
        self.cells: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.inside = tag
        self.loaded += [value or "" for name, value in attrs if name in LOADING]
        if tag == "td":
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        if self.inside == "td" and self.cells:
            self.cells[-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == self.inside:
            self.inside = ""


def seen(text: str) -> Seen:
    found = Seen()
    found.feed(text)
    return found


@pytest.fixture(scope="module")
def whole() -> str:
    heading = Heading(title="When", subtitle="as known")
    return page(a_week(), grounds_of(agreements()), heading, '<svg role="img"></svg>')


def test_it_names_nothing_that_would_be_loaded(whole: str) -> None:
    found = seen(whole)
    assert found.loaded == []
    assert "link" not in found.tags
    assert "default-src 'none'" in whole
    style = re.findall(r"(?s)<style>(.*?)</style>", whole)
    assert not any("url(" in text or "@import" in text for text in style)


def test_the_check_sees_what_would_be_loaded() -> None:
    assert seen('<script src="a.js"></script>').loaded == ["a.js"]


def test_the_table_says_what_the_picture_says(whole: str) -> None:
    cells = seen(whole).cells
    for words in ("2023-03-21", "held back behind another", "“a week later”", "page 1", "The deal"):
        assert words in cells
    assert "Sale & <b>more</b>" in cells


def test_both_themes_are_in_it(whole: str) -> None:
    specs = re.search(r'(?s)id="specs">(.*?)</script>', whole)
    assert specs is not None
    found = msgspec.json.decode(specs[1])
    assert set(found) == {"light", "dark"}
    assert found["light"]["config"]["background"] != found["dark"]["config"]["background"]
    assert "prefers-color-scheme: dark" in whole
    assert "@media print" in whole


def test_text_of_agreements_stays_text() -> None:
    contract = CONTRACT.replace("The deal", EVIL.replace('"', "'")).replace(
        "a week later", EVIL.replace('"', "'")
    )
    contracts = loaded_files(contract)
    found = drawn(WORLD, contracts)
    text = page(found, grounds_of(contracts), Heading(title=EVIL), "")
    assert "img" not in seen(text).tags
    assert "<img src='http" not in text
    assert "</script><img" not in text
