"""Every state can be told from every other one without colours, and read in both themes."""

from typing import get_args

import pytest

from detente.agreements.timeline import State
from detente.pictures.looks import DARK, LIGHT, LOOKS, Theme


def luminance(color: str) -> float:
    """Relative luminance, as WCAG 2.2 defines it (w3.org/TR/WCAG22, read 2026-11-22)."""
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_every_state_has_a_look() -> None:
    assert set(LOOKS) == set(get_args(State))


def test_characters_and_words_differ() -> None:
    assert len({look.character for look in LOOKS.values()}) == len(LOOKS)
    assert len({look.words for look in LOOKS.values()}) == len(LOOKS)
    assert all(len(look.character) == 1 for look in LOOKS.values())


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_text_can_be_read(theme: Theme) -> None:
    for color in (theme.ink, theme.soft, theme.event):
        assert contrast(color, theme.paper) >= 4.5
    assert contrast(theme.on_regime, theme.regime) >= 4.5
    for state, look in LOOKS.items():
        if look.shape in ("thin", "frame", "haze") and state != "absent":
            assert contrast(theme.of(state), theme.paper) >= 4.5, state


def test_contrast_is_what_the_standard_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
