"""The page in a real browser: drawn, told on hovering, dark at night, and nothing loaded."""

from pathlib import Path

import pytest

from detente.pictures.drawing import svg
from detente.pictures.grounds import grounds_of
from detente.pictures.looks import DARK, LIGHT
from detente.pictures.page import page
from detente.pictures.specification import Heading, specification
from tests.pictures.chromium import CHROMIUM, opened
from tests.pictures.scenes import a_week, agreements

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(CHROMIUM is None, reason="needs the package `chromium`"),
]
HELD = """(() => {
  const bars = [...document.querySelectorAll('#picture path[aria-label*="deal/lag"]')];
  const bar = bars.at(-1);
  bar.scrollIntoView({ block: "center" });
  const box = bar.getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2];
})()"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found, grounds, heading = a_week(), grounds_of(agreements()), Heading(title="When")
    still = svg(specification(found, grounds, LIGHT, heading), heading.title)
    path = tmp_path_factory.mktemp("page") / "timeline.html"
    path.write_text(page(found, grounds, heading, still), encoding="utf-8")
    return path


def test_a_span_tells_its_quote_when_it_is_hovered_over(file: Path, tmp_path: Path) -> None:
    with opened(file, tmp_path) as browser:
        browser.until("document.body.classList.contains('alive')")
        browser.hover(*browser.value(HELD))
        told = browser.until("document.querySelector('.vg-tooltip.visible')?.innerText")
        assert "“a week later”" in told
        assert "2023-03-21" in told
        assert browser.requested == [file.as_uri()]


def test_it_is_dark_where_the_reader_is(file: Path, tmp_path: Path) -> None:
    paper = "document.querySelector('#picture svg').outerHTML.includes('%s')"
    with opened(file, tmp_path, dark=True) as browser:
        browser.until("document.body.classList.contains('alive')")
        assert browser.value(paper % DARK.paper)
        assert not browser.value(paper % LIGHT.paper)


def test_paper_shows_the_still_picture(file: Path, tmp_path: Path) -> None:
    shown = "getComputedStyle(document.querySelector('%s')).display"
    with opened(file, tmp_path) as browser:
        browser.until("document.body.classList.contains('alive')")
        assert browser.value(shown % ".still") == "none"
        browser.call("Emulation.setEmulatedMedia", media="print")
        assert browser.value(shown % ".still") == "block"
        assert browser.value(shown % "#picture") == "none"
