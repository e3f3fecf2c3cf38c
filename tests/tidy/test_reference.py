"""Pages that are made from the code are those that the code makes now."""

import json
import subprocess
import sys

from tests.tidy.project import ROOT, text_of


def test_made_pages_are_current() -> None:
    """In a process of its own: what other tests ran must not show in the pages."""
    script = "import json; from docs.generate import pages; print(json.dumps(pages()))"
    made = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    pages: dict[str, str] = json.loads(made.stdout)
    assert pages
    for name, text in pages.items():
        assert text_of(ROOT / "docs" / name) == text, f"{name}: run `make docs`"
