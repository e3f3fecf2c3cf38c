"""The page on detectors says what the registry has."""

import re

from tests.tidy.project import ROOT, text_of

from detente.guardrails.detectors import DETECTORS
from detente.guardrails.identities import FORMS

PAGE = ROOT / "docs" / "reference" / "detectors.md"
HOW_TO = ROOT / "docs" / "how-to" / "add-a-detector.md"
ROW = re.compile(r"^\| `(\w+)` \| ((?:`\w+`(?:, )?)+) \| .+ \| (\d+) \|$", re.MULTILINE)
COUNTRY = re.compile(r"^\| `([A-Z]{2})` \| (.*?) ?\| (.*?) ?\|$", re.MULTILINE)


def test_the_page_has_every_detector_in_its_order() -> None:
    told = [
        (name, tuple(re.findall(r"\w+", categories)), int(look_back))
        for name, categories, look_back in ROW.findall(text_of(PAGE))
    ]
    assert told == [(one.name, one.categories, one.look_back) for one in DETECTORS]


def test_the_page_has_every_country_and_what_is_known_of_it() -> None:
    told = {
        country: {
            category
            for category, forms in (("national_id", national), ("tax_id", tax))
            if forms.strip()
        }
        for country, national, tax in COUNTRY.findall(text_of(PAGE))
    }
    known = {country: {form.category for form in forms} for country, forms in FORMS.items()}
    assert told == known


def test_the_example_of_the_page_on_adding_one_runs() -> None:
    (example,) = re.findall(r"(?s)```python\n(.*?)```", text_of(HOW_TO))
    names: dict[str, object] = {}
    exec(compile(example, HOW_TO.name, "exec"), names)
    assert "Ticket" in names
