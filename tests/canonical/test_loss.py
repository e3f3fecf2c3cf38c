"""What a loss is called, and for which ones a request is refused."""

from detente.canonical.loss import Loss, not_allowed

SEED = Loss(path="seed", what="seed", why="no seed", severity="drop")
IMAGE = Loss(path="turns[0].parts[0]", what="image", why="no images", severity="refuse")


def test_a_loss_is_called_by_its_feature_and_place() -> None:
    assert str(SEED) == "seed"
    assert str(IMAGE) == "image@turns[0].parts[0]"


def test_grave_losses_are_refused() -> None:
    assert not_allowed((SEED, IMAGE)) == (IMAGE,)


def test_every_loss_is_where_that_was_asked_for() -> None:
    assert not_allowed((SEED, IMAGE), every=True) == (SEED, IMAGE)


def test_what_is_allowed_is_never_refused() -> None:
    assert not_allowed((SEED, IMAGE), every=True, allowed=("image",)) == (SEED,)
    assert not_allowed((SEED, IMAGE), allowed=("image",)) == ()
