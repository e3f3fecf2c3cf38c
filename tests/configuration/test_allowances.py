"""Budgets, limits and patterns that mean nothing are errors that say where they stand."""

import pytest

from detente.configuration.allowances import allowance_problems, is_time_zone
from detente.configuration.located import LocatedErrors, convert, parse_toml
from detente.configuration.schema import Configuration
from detente.configuration.world import check_configuration


def problems_of(text: str) -> list[tuple[tuple[str | int, ...], str]]:
    tree, positions = parse_toml(text.encode(), "f")
    return list(allowance_problems(convert(tree, positions, "f", Configuration)))


def test_what_is_sound_has_no_problems() -> None:
    assert (
        problems_of("""
[organisation]
models = ["openai/*"]
budgets = [
  { usd = 0, period = "ever" },
  { usd = "1000.50", time_zone = "Europe/Berlin", alert_at = ["0.5", 1] },
  { usd = 10, model = "openai/*" },
]
[projects.shop]
limits = [{ requests_per_minute = 600 }, { tokens_per_minute = 1 }, { concurrent_requests = 8 }]
""")
        == []
    )


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        ("budgets = [{ usd = -1 }]", ("budgets", 0, "usd"), "`-1` is no amount"),
        ('budgets = [{ usd = "NaN" }]', ("budgets", 0, "usd"), "write one from 0 to 1000000000000"),
        ('budgets = [{ usd = "1e13" }]', ("budgets", 0, "usd"), "is no amount"),
        (
            'budgets = [{ usd = 1, time_zone = "Europe/Berln" }]',
            ("budgets", 0, "time_zone"),
            "unknown time zone `Europe/Berln`; write an IANA name, such as `Europe/Berlin`",
        ),
        ("budgets = [{ usd = 1, alert_at = [0] }]", ("budgets", 0, "alert_at"), "write `0.8`"),
        ('budgets = [{ usd = 1, alert_at = ["1.1"] }]', ("budgets", 0, "alert_at"), "at most 1"),
        ('budgets = [{ usd = 1, alert_at = ["NaN"] }]', ("budgets", 0, "alert_at"), "at most 1"),
        ('budgets = [{ usd = 1, model = "" }]', ("budgets", 0, "model"), "an empty pattern"),
        (
            "budgets = [{ usd = 1 }, { usd = 2, hard = false }]",
            ("budgets", 1),
            "a second budget for `month` would count the same money",
        ),
        ('budgets = [{ usd = "1e-13" }]', ("budgets", 0, "usd"), "at most 12 decimals"),
        ('budgets = [{ usd = 1, alert_at = ["1e-13"] }]', ("budgets", 0, "alert_at"), "`0.8`"),
        (
            f"budgets = [{{ usd = 1, alert_at = [{', '.join(['0.5'] * 17)}] }}]",
            ("budgets", 0, "alert_at"),
            "at most 16 fractions",
        ),
        ('budgets = [{ usd = 1, model = "a\\nb" }]', ("budgets", 0, "model"), "200 printable"),
        (f'models = ["{"a" * 201}"]', ("models", 0), "write a shorter one"),
        (
            "limits = [{ tokens_per_day = 1_000_000_000_000_001 }]",
            ("limits", 0, "tokens_per_day"),
            "is no limit",
        ),
        ("limits = [{}]", ("limits", 0), "a limit without an amount is none; give exactly one of"),
        (
            "limits = [{ requests_per_hour = 1, tokens_per_day = 1 }]",
            ("limits", 0),
            "with more than one amount",
        ),
        ('limits = [{ tokens_per_day = 1, model = "" }]', ("limits", 0, "model"), "leave it out"),
        (
            "limits = [{ tokens_per_day = 1 }, { tokens_per_day = 2 }]",
            ("limits", 1, "tokens_per_day"),
            "a second `tokens_per_day` would count the same calls",
        ),
        ('models = [""]', ("models", 0), "an empty pattern"),
        ('deployments = ["a/*", ""]', ("deployments", 1), "an empty pattern"),
    ],
)
@pytest.mark.parametrize(
    ("table", "at"),
    [
        ("[organisation]", ("organisation",)),
        ("[projects.p]", ("projects", "p")),
        (f'[keys.k]\nhash = "sha256:{"0" * 64}"\nproject = "p"', ("keys", "k")),
    ],
)
def test_what_means_nothing_is_told_where_it_stands(
    table: str, at: tuple[str, ...], text: str, path: tuple[str | int, ...], words: str
) -> None:
    ((found, said),) = problems_of(f"{table}\n{text}")
    assert found == (*at, *path)
    assert words in said


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../UTC", "Europe", "europe\0", "Mars/Base"])
def test_no_other_word_is_a_time_zone(name: str) -> None:
    assert not is_time_zone(name)


def test_names_of_zones_are() -> None:
    assert is_time_zone("UTC")
    assert is_time_zone("America/New_York")


def test_the_whole_configuration_is_checked_for_them() -> None:
    tree, positions = parse_toml(b"[organisation]\nbudgets = [{ usd = -1 }]", "f")
    with pytest.raises(LocatedErrors, match="f:2: `-1` is no amount"):
        check_configuration(convert(tree, positions, "f", Configuration), positions, "f", {})
