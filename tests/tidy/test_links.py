"""Every relative link in the documents leads somewhere."""

import re
from pathlib import Path

from tests.tidy.project import ROOT, files, shown, text_of

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+\s+(.*)$", re.MULTILINE)
IN_CODE = re.compile(r"`(docs/[\w./-]+\.md|examples/[\w./-]+)`")


def pages() -> list[Path]:
    return [path for path in files(".md") if path.is_relative_to(ROOT)]


def anchors_of(path: Path) -> set[str]:
    """The anchors that a page's headings have."""
    headings = [re.sub(r"[`*]", "", text) for text in HEADING.findall(text_of(path))]
    return {re.sub(r"[^\w -]", "", text).strip().lower().replace(" ", "-") for text in headings}


def broken_links(page: Path) -> list[str]:
    """The links of a page that lead nowhere."""
    broken: list[str] = []
    for link in LINK.findall(re.sub(r"```.*?```", "", text_of(page), flags=re.DOTALL)):
        if "://" in link or link.startswith("mailto:"):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in anchors_of(target)):
            broken.append(f"{shown(page)}: {link}")
    return broken


def test_links_lead_somewhere() -> None:
    assert [link for page in pages() for link in broken_links(page)] == []


def test_paths_that_are_named_exist() -> None:
    named = {
        (shown(path), name)
        for path in files(".md", ".py", ".toml")
        for name in IN_CODE.findall(text_of(path))
        if not re.search(r"[A-Z]{2}", name)
    }
    assert sorted(pair for pair in named if not (ROOT / pair[1]).exists()) == []


def test_every_page_can_be_reached_from_the_index() -> None:
    docs = ROOT / "docs"
    seen: set[Path] = set()
    waiting = [docs / "index.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or not page.exists():
            continue
        seen.add(page)
        for link in LINK.findall(text_of(page)):
            target = (page.parent / link.partition("#")[0]).resolve()
            if target.suffix == ".md" and target.is_relative_to(docs):
                waiting.append(target)
    assert [shown(p) for p in pages() if p.is_relative_to(docs) and p not in seen] == []
