"""Files that are wrong: every error has its file and line, and no prohibition vanishes."""

import time
from pathlib import Path

import pytest

from detente.agreements import AgreementSet, load, reference
from detente.agreements.check import check
from detente.agreements.reach import pattern
from detente.canonical.question import Question
from detente.cli import WRONG_USAGE
from detente.configuration.located import FILE_BYTES_MAX, LocatedErrors
from detente.wiring import build, read_sources
from tests.agreements.checking.worlds import day, world
from tests.cli.command import ended

HEAD = 'id = "a"\nfrom = 2025-01-01\nrecorded_at = 2025-01-01\n'
FORBID = '\n[[clause]]\nid = "no"\ntype = "forbid"\n'
CONFIGURATION = """
[agreements]
path = "agreements"

[providers.north]
kind = "openai_compatible"
base_url = "http://127.0.0.1:9"
host = "north"

[models."lab/one"]
deployments = [{ provider = "north", id = "one" }]
"""


def errors_of(*files: str | bytes) -> list[str]:
    """What is wrong with files `0.toml`, `1.toml` and so on."""
    named = [
        (f"{number}.toml", text.encode() if isinstance(text, str) else text)
        for number, text in enumerate(files)
    ]
    with pytest.raises(LocatedErrors) as raised:
        load(named)
    return [str(error) for error in raised.value.errors]


def is_shut(loaded: AgreementSet, at: str = "2026-01-01") -> bool:
    """Whether the prohibition holds."""
    asked = Question(model="lab/one", at=day(at), known_at=day("2030-01-01"))
    return reference.decide(world(), loaded, asked).outcome == "deny"


@pytest.mark.parametrize(
    ("keys", "line", "said"),
    [
        ("from = 2026-01-01\nuntil = 2026-01-01", 9, "is not after `from`"),
        ("from = 2024-01-01", 8, "begins before its agreement"),
        ("until = { after = 2027-01-01, before = 2026-01-01 }", 8, "lies between nothing"),
        ("until = 07:32:00", 8, "until`: expected"),
        ('until = "tomorrow"', 8, "until`: invalid"),
        ("until = 2026-02-30", 8, "not valid TOML"),
        ("until = { after = 2026-01-01 }", 8, "missing `before`"),
        ("until = 0001-01-01T00:00:00+14:00", 8, "outside the years 1 to 9999"),
    ],
)
def test_dates_that_cannot_be(keys: str, line: int, said: str) -> None:
    (error,) = errors_of(HEAD + FORBID + keys + "\n")
    assert error.startswith(f"0.toml:{line}: ")
    assert said in error


@pytest.mark.parametrize(
    ("written", "ends"),
    [
        ("2026-06-01", "2026-06-01T00:00:00"),
        ("2026-06-01T12:00:00", "2026-06-01T12:00:00"),
        ("2026-06-01T12:00:00Z", "2026-06-01T12:00:00"),
        ("2026-06-01T12:00:00+02:00", "2026-06-01T10:00:00"),
        ("2026-05-31T17:00:00-07:00", "2026-06-01T00:00:00"),
        ("2024-02-29", None),
    ],
)
def test_dates_with_and_without_zones_are_utc(written: str, ends: str | None) -> None:
    text = HEAD + FORBID + f"until = {written}\n"
    if ends is None:
        assert "is not after `from`" in errors_of(text)[0]
        return
    loaded = load([("a.toml", text.encode())])
    assert loaded.clauses[0].until == day(ends)
    assert not is_shut(loaded, ends)
    assert is_shut(loaded, "2026-05-31T23:59:59" if ends.endswith("00:00:00") else "2026-06-01")


def test_a_clause_that_cites_a_missing_one() -> None:
    for key in ("amends", "except_of"):
        (error,) = errors_of(HEAD + FORBID + f'{key} = "a/on"\n')
        assert error.startswith("0.toml:8: unknown clause `a/on`; did you mean `a/no`?")
    (error,) = errors_of(HEAD.replace("from", 'supersedes = "b"\nfrom') + FORBID)
    assert error.startswith("0.toml:2: unknown agreement `b`")


@pytest.mark.parametrize(
    ("data", "line", "said"),
    [
        (HEAD.encode() + b'title = "\xff"\n', 4, "not UTF-8"),
        (HEAD.encode("utf-16"), 1, "not UTF-8"),
        (b"\x00" * 100, 1, "not valid TOML"),
        (HEAD.encode() + b"[" * 5_000, 4, ""),
        (b"#" * (10 * 1024 * 1024), 1, f"larger than {FILE_BYTES_MAX} bytes; split the file"),
        (HEAD.encode() + b"amount = " + b"9" * 5_000, 1, "too many digits"),
    ],
)
def test_what_is_no_file_of_ours_is_refused_at_once(data: bytes, line: int, said: str) -> None:
    began = time.process_time()
    errors = errors_of(data)
    assert errors[0].startswith(f"0.toml:{line}: ")
    assert said in errors[0]
    assert time.process_time() - began < 2


def test_a_file_of_thousands_of_clauses_loads_fast() -> None:
    clauses = "".join(
        f'\n[[clause]]\nid = "c{n}"\ntype = "forbid"\nscope = {{ model = "lab/m{n}" }}\n'
        for n in range(5_000)
    )
    began = time.process_time()
    loaded = load([("a.toml", (HEAD + clauses).encode())])
    assert len(loaded.clauses) == 5_000
    assert loaded.places["a/c4999"].line == 5 + 5 * 4_999
    assert time.process_time() - began < 5


def test_one_bad_file_refuses_the_set_and_every_error_is_told() -> None:
    good = HEAD.replace('"a"', '"good"') + FORBID
    bad = HEAD + FORBID.replace("forbid", "forbidd")
    errors = errors_of(good, bad, b"\xff")
    assert len(errors) == 2
    assert errors[0].startswith("1.toml:7: unknown clause type `forbidd`; did you mean `forbid`?")
    assert errors[1].startswith("2.toml:1: not UTF-8")


def test_a_byte_order_mark_and_windows_lines_are_read() -> None:
    text = (HEAD + FORBID).replace("\n", "\r\n").encode("utf-8-sig")
    assert is_shut(load([("a.toml", text)]))


def test_a_pattern_takes_bounded_time() -> None:
    began = time.process_time()
    assert pattern("*a" * 60 + "b").fullmatch("a" * 200) is None
    assert pattern("*a" * 60).fullmatch("a" * 200) is not None
    assert time.process_time() - began < 2


def circular(tmp_path: Path, first: str, second: str) -> Path:
    """A configuration whose two agreements are in each other's way."""
    (tmp_path / "agreements").mkdir()
    (tmp_path / "detente.toml").write_text(CONFIGURATION)
    (tmp_path / "agreements/a.toml").write_text(first)
    (tmp_path / "agreements/b.toml").write_text(second)
    return tmp_path


@pytest.mark.parametrize("how", ["supersedes", "amends"])
def test_a_circle_is_an_error_for_all_but_check(
    how: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def text(own: str, other: str) -> str:
        head = HEAD.replace('"a"', f'"{own}"')
        if how == "supersedes":
            return f'supersedes = "{other}"\n{head}{FORBID}'
        return f'{head}{FORBID}amends = "{other}/no"\n'

    folder = circular(tmp_path, text("a", "b"), text("b", "a"))
    with pytest.raises(LocatedErrors) as raised:
        build(read_sources(folder))
    (error,) = raised.value.errors
    assert error.file.endswith("a.toml")
    assert "in a circle" in error.message
    assert ended(["route", "lab/one", "--config", str(folder)]) == WRONG_USAGE
    assert "in a circle" in capsys.readouterr().err
    assert ended(["check", str(folder)]) == 1
    assert "E17 error" in capsys.readouterr().out


def test_impossible_scopes_and_unknown_parties_are_warned_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scope = 'scope = { model = "lab/noe", provider = "nort" }\n'
    threshold = (
        '\n[[clause]]\nid = "t"\ntype = "threshold"\nevent = "e"\nparty = "nobody"\n'
        'verified_by = "somebody"\n'
    )
    folder = circular(tmp_path, HEAD + FORBID + scope, HEAD.replace('"a"', '"b"') + threshold)
    assert ended(["check", str(folder)]) == 0
    out = capsys.readouterr().out
    for said in (
        "a.toml:5: W01 warning: `scope.model` of `a/no` names `lab/noe`; did you mean `lab/one`?",
        "a.toml:5: W01 warning: `scope.provider` of `a/no` names `nort`",
        "b.toml:5: W01 warning: `party` of `b/t` names `nobody`",
        "b.toml:5: W01 warning: `verified_by` of `b/t` names `somebody`",
    ):
        assert said in out


def test_a_check_finds_nothing_wrong_with_a_set_that_is_right() -> None:
    loaded = load([("a.toml", (HEAD + FORBID + 'scope = { provider = "north" }\n').encode())])
    assert check(world(), loaded) == ()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("scope", "{ model = [] }"),
        ("scope", "{ interface = [] }"),
        ("scope", "{ labels = { team = [] } }"),
        ("ends_on", "[]"),
    ],
)
def test_an_empty_list_is_an_error_and_not_a_prohibition_of_nothing(key: str, value: str) -> None:
    (error,) = errors_of(f"{HEAD}{FORBID}{key} = {value}\n")
    assert error.startswith("0.toml:8: ")
    assert "length >= 1" in error


def test_empty_lists_that_mean_something_are_read() -> None:
    text = 'supersedes = []\n\n[[clause]]\nid = "c"\ntype = "capacity"\nsize = 1\nunit = "ptu"\n'
    assert load([("0.toml", f"{HEAD}{text}spill_to = []\n".encode())]).clauses
    assert is_shut(load([("0.toml", f"{HEAD}{FORBID}scope = {{ labels = {{}} }}\n".encode())]))


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ('type = "commit"\namount = "sNaN"', "`sNaN` is no amount"),
        (
            'type = "price"\nmeter = "input"\ntiers = [{ over = 0, amount = 1 }, '
            '{ over = "nan", amount = 1 }]',
            "`NaN` is no amount",
        ),
        ('type = "price"\nmeter = "input"\namount = "1e9999999999"', "give a smaller amount"),
        ('type = "price"\nmeter = "input"\namount = 1.25\nunit = "token"', "a dollar a token"),
        (
            'type = "commit"\namount = 5\ncurrency = "EUR"\nusd_per_unit = 1e7',
            "give a smaller amount",
        ),
        ('type = "commit"\namount = 5\nusd_per_unit = 1.1', "name another `currency`"),
        ('type = "discount"\npercent = "1e-999"', "more than 18 decimal places"),
        ('type = "discount"\npercent = 100.000001', "more than all"),
    ],
)
def test_amounts_that_nobody_can_count_with(keys: str, said: str) -> None:
    (error,) = errors_of(f'{HEAD}\n[[clause]]\nid = "c"\n{keys}\n')
    assert said in error
