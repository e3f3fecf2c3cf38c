"""Which modules count as foreign."""

from bench.startup import foreign_modules


def test_the_standard_library_and_ours_are_not_foreign() -> None:
    names = ["sys", "json", "detente", "_frozen_importlib", "sitecustomize", "openai"]
    assert foreign_modules(names) == ("openai",)
