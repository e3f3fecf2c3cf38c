"""The models that ship: named once, with dates."""

from detente.catalog.models import load_models, models


def test_every_model_has_a_date_and_a_name_of_its_own() -> None:
    found = models()
    names = [name for model in found for name in (model.name, *model.aliases)]
    assert len(names) == len(set(names))
    assert all(model.released is not None for model in found)
    assert all(model.name.startswith(f"{model.publisher}/") for model in found)


def test_a_row_becomes_a_model() -> None:
    (model,) = load_models(
        b'[[models]]\nname = "p/m"\nreleased = 2025-01-02\nopen_weights = true\n'
        b'page = "https://example.org"\nread = 2026-01-01\n'
    )
    assert (model.publisher, model.open_weights, model.aliases) == ("p", True, ())
    assert model.released is not None
    assert model.released.isoformat() == "2025-01-02T00:00:00+00:00"
