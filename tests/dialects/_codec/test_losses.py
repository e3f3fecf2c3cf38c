"""Losses have fixed names and weights, and there are not too many of them."""

from detente.canonical.loss import LOSSES_MAX
from detente.dialects._codec.losses import FEATURES, Losses


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
    losses.lose("seed", "seed", "no seed")
    losses.lose("seed", "seed", "no seed")
    assert (len(losses.found), losses.beyond) == (LOSSES_MAX, 2)
    assert {loss.what for loss in losses.found} == {"cache_mark"}


def test_a_loss_that_refuses_is_never_one_of_those_beyond() -> None:
    losses = full()
    losses.lose("image", "turns[99].parts[0]", "no images")
    losses.lose("tools", "tools[0]", "no tools")
    assert (len(losses.found), losses.beyond) == (LOSSES_MAX, 2)
    assert [loss.what for loss in losses.found if loss.severity == "refuse"] == ["image"]
