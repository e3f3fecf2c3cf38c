"""Every pair is measured, and the worst one is what counts."""

import pytest

from bench import translation
from bench.translation_workload import DIALECTS


@pytest.fixture(scope="module")
def measured() -> translation.Translated:
    return translation.measure(rounds=1)


def test_every_pair_has_every_figure(measured: translation.Translated) -> None:
    pairs = {(client, upstream) for client in DIALECTS for upstream in DIALECTS}
    for name in measured.__struct_fields__:
        figures: translation.Figures = getattr(measured, name)
        assert set(figures) == pairs, name
        assert all(figure > 0 for figure in figures.values()), name


def test_images_are_copied_once(measured: translation.Translated) -> None:
    """The new body, whichever dialects: this holds on a busy machine too."""
    assert translation.worst(measured.images_copies)[1] < 1.2


def test_the_worst_pair_is_named() -> None:
    figures: translation.Figures = {
        ("openai_chat", "gemini_generate"): 2.0,
        ("openai_chat", "openai_chat"): 1.0,
    }
    assert translation.worst(figures) == (("openai_chat", "gemini_generate"), 2.0)
