"""Every key of a TOML text is found at its line, however it is written."""

import contextlib
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.configuration.positions import DEPTH_MAX, KEY_PARTS_MAX, Positions, TooDeepError

TEXT = '''\
top = 1
[server]
listen = "x" # listen = 2
"quoted key" = 1
'literal.key' = 2
dotted . inner."last one" = 3

[ a . "b c" ]
x = """
y = 1
[not.a.header]
"""
z = \'\'\'
w = 2\'\'\'
[[item]]
name = "first"
[item.sub]
deep = 1
[[item.more]]
k = 1
[[item.more]]
k = 2
[[item]]
name = "second"
[[item.more]]
k = 3
[models."p/m"]
deployments = [
  { provider = "a", id = "x, id = 1" },
  # { provider = "never" },
  { provider = "b", id = "y" }, { provider = "c", more = [
    7], id = "z" },
  [1,
   2, [
     3]],
]
inline = { one = { two = 2 }, three = "[[x]]" }
at = 2024-01-01T00:00:00Z
'''

EXPECTED = {
    ("top",): 1,
    ("server",): 2,
    ("server", "listen"): 3,
    ("server", "quoted key"): 4,
    ("server", "literal.key"): 5,
    ("server", "dotted"): 6,
    ("server", "dotted", "inner", "last one"): 6,
    ("a",): 8,
    ("a", "b c"): 8,
    ("a", "b c", "x"): 9,
    ("a", "b c", "z"): 13,
    ("item",): 15,
    ("item", 0): 15,
    ("item", 0, "name"): 16,
    ("item", 0, "sub", "deep"): 18,
    ("item", 0, "more", 0, "k"): 20,
    ("item", 0, "more", 1): 21,
    ("item", 0, "more", 1, "k"): 22,
    ("item", 1): 23,
    ("item", 1, "name"): 24,
    ("item", 1, "more", 0, "k"): 26,
    ("models", "p/m", "deployments"): 28,
    ("models", "p/m", "deployments", 0, "id"): 29,
    ("models", "p/m", "deployments", 1): 31,
    ("models", "p/m", "deployments", 1, "provider"): 31,
    ("models", "p/m", "deployments", 2, "provider"): 31,
    ("models", "p/m", "deployments", 2, "id"): 32,
    ("models", "p/m", "deployments", 3): 33,
    ("models", "p/m", "deployments", 3, 0): 33,
    ("models", "p/m", "deployments", 3, 1): 34,
    ("models", "p/m", "deployments", 3, 2, 0): 35,
    ("models", "p/m", "inline", "one", "two"): 37,
    ("models", "p/m", "inline", "three"): 37,
    ("models", "p/m", "at"): 38,
    ("models", "p/m", "nowhere", "to", "be", 3, "found"): 27,
}


def test_keys_of_every_style_stand_at_their_lines() -> None:
    tomllib.loads(TEXT)
    positions = Positions(TEXT)
    assert {path: positions.line(path) for path in EXPECTED} == EXPECTED


KEYS = st.text(max_size=6).filter(lambda word: word.isprintable())
SCALARS = st.one_of(
    st.integers(-9, 9).map(str),
    st.just("2024-01-01 10:00:00"),
    st.just("1.5e3"),
    st.just("true"),
    st.sampled_from(
        ['"a = 1"', "'# [b]'", '"\\"]"', '"""\n[x]\ny = 1 \\""" ""\n"""', "'''\n'x'\n'''"]
    ),
)


class Writer:
    """Writes a tree as TOML and notes the line of each key it writes."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data
        self.text = ""
        self.lines: dict[tuple[str | int, ...], int] = {}

    def draw(self, bound: int) -> int:
        return self.data.draw(st.integers(0, bound))

    def note(self, path: tuple[str | int, ...]) -> None:
        self.lines[path] = self.text.count("\n") + 1

    def key(self, word: str) -> str:
        bare = word.isascii() and word.replace("-", "").replace("_", "").isalnum()
        if bare and self.draw(1):
            return word
        if "'" not in word and self.draw(1):
            return f"'{word}'"
        return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'

    def statements(self, path: tuple[str | int, ...]) -> None:
        for word in self.data.draw(st.lists(KEYS, unique=True, max_size=3)):
            self.text += ["", " ", "\n# c = [\n", "\t"][self.draw(3)]
            self.note((*path, word))
            self.text += f"{self.key(word)} {['=', ' = '][self.draw(1)]}"
            self.value((*path, word), 2)
            self.text += [" # {", ""][self.draw(1)] + "\n"

    def value(self, path: tuple[str | int, ...], depth: int) -> None:
        shape = self.draw(3) if depth else 0
        if shape == 1:
            self.array(path, depth - 1)
        elif shape == 2:
            self.table(path, depth - 1)
        else:
            self.text += " " + self.data.draw(SCALARS)

    def array(self, path: tuple[str | int, ...], depth: int) -> None:
        self.text += "["
        for index in range(self.draw(3)):
            self.text += ["", "\n", " # ]\n"][self.draw(2)]
            self.note((*path, index))
            self.value((*path, index), depth)
            self.text += [",", "\n,"][self.draw(1)]
        self.text += "]"

    def table(self, path: tuple[str | int, ...], depth: int) -> None:
        self.text += "{"
        for index, word in enumerate(self.data.draw(st.lists(KEYS, unique=True, max_size=2))):
            self.text += ", " if index else " "
            self.note((*path, word))
            self.text += self.key(word) + " ="
            self.value((*path, word), depth)
        self.text += "}"


@given(st.data())
def test_written_keys_are_found_where_they_were_written(data: st.DataObject) -> None:
    writer = Writer(data)
    writer.statements(())
    for word in data.draw(st.lists(st.sampled_from(["t", "t t", "a.b"]), unique=True)):
        many = word != "t"
        for index in range(2 if many else 1):
            # Names of three and more letters cannot meet those of the top statements here.
            path = ("table " + word, index) if many else ("table " + word,)
            writer.note(path)
            header = writer.key("table " + word)
            writer.text += f"[[{header}]]\n" if many else f"[ {header} ] # [\n"
            writer.statements(path)
    tomllib.loads(writer.text)
    positions = Positions(writer.text)
    assert {path: positions.line(path) for path in writer.lines} == writer.lines


@given(st.text(alphabet="ab=[]{}\"'#.,\n\\ \u2028", max_size=60))
def test_any_text_is_scanned(text: str) -> None:
    assert 1 <= Positions(text).line(("a", 0, "b")) <= text.count("\n") + 1


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * (DEPTH_MAX + 1),
        "x = " + "{a=" * (DEPTH_MAX + 1),
        "\n" * 3 + "a" + ".a" * KEY_PARTS_MAX + " = 1",
        "[a" + ".a" * KEY_PARTS_MAX + "]",
    ],
)
def test_what_is_too_deep_is_refused_at_its_line(text: str) -> None:
    with pytest.raises(TooDeepError) as found:
        Positions(text)
    assert found.value.line == text.count("\n") + 1
    assert "flatten the tables" in found.value.message


@pytest.mark.parametrize("unit", ['"""\\', "'''", '"', "[[a]]\n", "a={b=1}\n", "[", "'", '"""\n'])
def test_scanning_takes_time_in_proportion_to_the_text(unit: str) -> None:
    """A quadratic scan of these 300 KB would outlast the test's time limit."""
    with contextlib.suppress(TooDeepError):
        Positions(unit * (300_000 // len(unit)))
