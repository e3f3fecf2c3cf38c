"""The whole picture: valid Vega-Lite, and complete."""

import altair
import pytest
from jsonschema import ValidationError

from detente.pictures.grounds import grounds_of
from detente.pictures.looks import DARK, LIGHT, Theme
from detente.pictures.marks import Spec
from detente.pictures.specification import Heading, specification, states_of
from tests.pictures.scenes import AGI, a_week, agreements
from tests.pictures.vega import panels_of, texts_of

HEADING = Heading(title="When", subtitle="as known")


def spec(theme: Theme = LIGHT) -> Spec:
    return specification(a_week(AGI), grounds_of(agreements()), theme, HEADING)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_it_is_valid(theme: Theme) -> None:
    chart = altair.Chart.from_dict(spec(theme), validate=True)
    assert isinstance(chart, altair.VConcatChart)


def test_an_invalid_one_is_seen() -> None:
    broken = {**spec(), "vconcat": [{"mark": "unheard of"}]}
    with pytest.raises(ValidationError):
        altair.Chart.from_dict(broken, validate=True)


def test_its_panels_stand_in_order() -> None:
    titles = [panel.get("title", {}).get("text") for panel in panels_of(spec())]
    assert titles[:3] == [None, "Agreements in force", "Who could carry it"]
    assert len(titles) == 4
    assert titles[3].startswith("Magnified: 2023-03-")


def test_the_legend_has_what_occurs() -> None:
    legend = panels_of(spec())[0]
    assert set(texts_of(legend)) == {
        "open to the caller",
        "held back behind another",
        "closed by a clause",
    }
    assert set(states_of(a_week())) == {"open", "held", "closed", "unreleased"}
