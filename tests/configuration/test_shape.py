"""What is wrong with a tree is said with its path and a cure."""

import msgspec
import pytest

from detente.configuration.schema import Configuration
from detente.configuration.shape import complaint

PROVIDER = {"kind": "openai"}

Path = tuple[str | int, ...]
CASES: list[tuple[object, Path, str]] = [
    ({"servr": {}}, ("servr",), "unknown key `servr`; did you mean `server`?"),
    ({"server": {"x": 1}}, ("server", "x"), "unknown key `x`; known are `admin_hosts`, "),
    (
        {"providers": {"a": PROVIDER, "b": {"kind": "x", "retention": "non"}, "c": PROVIDER}},
        ("providers", "b", "retention"),
        "`providers.b.retention`: unknown value `non`; did you mean `none`?",
    ),
    (
        {"providers": {"a": PROVIDER, "b": {}}},
        ("providers", "b"),
        "`providers.b`: missing `kind`; add it",
    ),
    (
        {"providers": {"a": PROVIDER, "b c": PROVIDER}},
        ("providers", "b c"),
        "`providers.b c` is no name that can stand here: expected `str`",
    ),
    (
        {"models": {"p/m": {"deployments": [{"provider": "a", "id": "x"}, {"provider": 1}]}}},
        ("models", "p/m", "deployments", 1, "provider"),
        "`models.p/m.deployments.1.provider`: expected `str`, got `int`",
    ),
    (
        {"models": {"p/m": {"deployments": [{"provider": "a", "id": "x", "idd": 1}]}}},
        ("models", "p/m", "deployments", 0, "idd"),
        "unknown key `idd`; did you mean `id`?",
    ),
    ({"server": {"workers": 65}}, ("server", "workers"), "`server.workers`: expected `int` <= 64"),
    ({"server": {"tls": 1}}, ("server", "tls"), "`server.tls`: expected `object | null`"),
    (
        {"providers": {"a": {**PROVIDER, "api_key": "sk-1"}}},
        ("providers", "a", "api_key"),
        "`providers.a.api_key`: expected `object | null`, got `str`; a secret is only named here",
    ),
    ([], (), "this file: expected `object`, got `array`"),
    # A key may say what it likes: it is still a key.
    (
        {"server": {"x` - at `$.models[...].aliases": 1}},
        ("server", "x` - at `$.models[...].aliases"),
        "unknown key `x` - at ",
    ),
]


@pytest.mark.parametrize(("tree", "path", "sentence"), CASES)
def test_complaints(tree: object, path: Path, sentence: str) -> None:
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.convert(tree, Configuration)
    found, text = complaint(str(error.value), tree, Configuration, ())
    assert found == path
    assert text.startswith(sentence)


def test_names_start_at_the_root_of_the_file() -> None:
    error = "Expected `str`, got `int` - at `$.kind`"
    path, text = complaint(error, {"kind": 1}, Configuration, ("providers", "a"))
    assert (path, text) == (("kind",), "`providers.a.kind`: expected `str`, got `int`")


def test_the_first_bad_key_of_a_large_mapping_is_found() -> None:
    """Trying the keys one by one would take minutes here."""
    providers = {f"p{n}": PROVIDER if n != 7_777 else {"kind": 1} for n in range(10_000)}
    tree = {"providers": providers}
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.convert(tree, Configuration)
    path, _ = complaint(str(error.value), tree, Configuration, ())
    assert path == ("providers", "p7777", "kind")
