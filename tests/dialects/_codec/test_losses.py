"""Losses have fixed names and weights, and there are not too many of them."""

import pytest

from detente.canonical.loss import LOSSES_MAX
from detente.dialects._codec.losses import FEATURES, PATH_CHARACTERS_MAX, Losses


def test_features_are_sorted_and_weighed() -> None:
    assert list(FEATURES) == sorted(FEATURES)
    assert set(FEATURES.values()) == {"drop", "refuse"}


def test_a_loss_has_its_features_weight_or_its_own() -> None:
    losses = Losses()
    losses.lose("seed", "seed", "no seed")
    losses.lose("image", "turns[0].parts[1]", "no images")
    losses.lose("native_option", "safetySettings", "no such option", "refuse")
    assert [(str(loss), loss.severity) for loss in losses.found] == [
        ("seed", "drop"),
        ("image@turns[0].parts[1]", "refuse"),
        ("native_option@safetySettings", "refuse"),
    ]


def full() -> Losses:
    """As many losses as are named."""
    losses = Losses()
    for at in range(LOSSES_MAX):
        losses.lose("cache_mark", f"turns[{at}]", "no marks")
    return losses


def test_losses_beyond_the_bound_are_counted() -> None:
    losses = full()
    losses.lose("cache_mark", "turns[99]", "no marks")
    losses.lose("cache_mark", "turns[100]", "no marks")
    assert (len(losses.found), losses.beyond) == (LOSSES_MAX, 2)
    assert [str(loss) for loss in losses.found][-1] == f"cache_mark@turns[{LOSSES_MAX - 1}]"


def test_every_feature_is_among_those_that_are_named() -> None:
    losses = full()
    losses.lose("image", "turns[99].parts[0]", "no images")
    losses.lose("tools", "tools[0]", "no tools")
    losses.lose("native_option", "a", "no option")
    losses.lose("native_option", "b", "no option", "refuse")
    losses.lose("native_option", "c", "no option", "refuse")
    assert (len(losses.found), losses.beyond) == (LOSSES_MAX, 5)
    named = {str(loss): loss.severity for loss in losses.found if loss.what != "cache_mark"}
    assert named == {
        "image@turns[99].parts[0]": "refuse",
        "tools@tools[0]": "refuse",
        "native_option@a": "drop",
        "native_option@b": "refuse",
    }
    assert [loss.what for loss in losses.found].count("cache_mark") == LOSSES_MAX - 4


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("turns[0].parts[1].source:x-y_z/$", "turns[0].parts[1].source:x-y_z/$"),
        ("a\r\nx-evil: 1", "a??x-evil:?1"),
        ("a, image@b", "a??image?b"),
        ("é\0\ud800", "???"),
        ("x" * 5_000, "x" * PATH_CHARACTERS_MAX),
    ],
)
def test_what_a_client_names_its_members_is_shown_plainly(path: str, shown: str) -> None:
    losses = Losses()
    losses.lose("unknown_member", path, "no such member")
    assert losses.found[0].path == shown
