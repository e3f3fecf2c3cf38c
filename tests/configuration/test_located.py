"""Reading a file gives a value or located errors, never anything else."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from detente.configuration.located import (
    FILE_BYTES_MAX,
    LocatedError,
    LocatedErrors,
    parse_toml,
    read_toml,
)
from detente.configuration.schema import Configuration


def errors_of(data: bytes) -> list[str]:
    with pytest.raises(LocatedErrors) as found:
        read_toml(data, "f.toml", Configuration)
    return [str(error) for error in found.value.errors]


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"[server]\nlissten = 1", "f.toml:2: unknown key `lissten`; did you mean `listen`?"),
        (b"\n\nx = = 1", "f.toml:3: not valid TOML: "),
        (b'x = """', "f.toml:1: not valid TOML: "),
        (b"a = 1\n\xff = 1", "f.toml:2: not UTF-8; save the file as UTF-8"),
        (b"#" * (FILE_BYTES_MAX + 1), f"f.toml:1: larger than {FILE_BYTES_MAX} bytes; "),
        (b"\nx = " + b"[" * 5_000, "f.toml:2: nested more than 64 deep; flatten the tables"),
        (b"a" + b".a" * 100_000 + b" = 1", "f.toml:1: a key of more than 32 parts; "),
        (b"x = " + b"1" * 5_000, "f.toml:1: a number with too many digits; shorten it"),
        (b"\n[[events]]\noccurred_at = 0001-01-01T00:00:00+23:59", "f.toml:3: a time outside "),
        (b'[keys.a]\nproject = "p"\nhash = "x"', "f.toml:3: `keys.a.hash`: expected `str`"),
        (b'"a\\nb\\u0000" = 1', "f.toml:1: unknown key `a\\nb\\x00`; known are "),
        (
            b'[models."a/b"]\ndeployments = [\n  { provider = "x", id = "y" },\n  { id = 1 },\n]',
            "f.toml:4: `models.a/b.deployments.1.id`: expected `str`, got `int`",
        ),
    ],
)
def test_errors_tell_file_line_and_cure(data: bytes, error: str) -> None:
    (found,) = errors_of(data)
    assert found.startswith(error)
    assert "\n" not in found


def test_a_byte_order_mark_is_no_error() -> None:
    read = read_toml(b"\xef\xbb\xbf[server]\nworkers = 2", "f.toml", Configuration)
    assert read.server.workers == 2


def test_errors_come_in_the_order_of_files_and_lines() -> None:
    errors = [LocatedError("b", 1, "x"), LocatedError("a", 2, "y"), LocatedError("a", 1, "z")]
    assert str(LocatedErrors(errors)) == "a:1: z\na:2: y\nb:1: x"


def test_dates_and_times_are_aware_utc() -> None:
    text = b"a = 2024-02-29\nb = [{ c = 2024-01-01T01:00:00 }]\nd = 2024-01-01T00:30:00+02:00"
    tree, _ = parse_toml(text, "f.toml")
    assert tree["a"] == datetime(2024, 2, 29, tzinfo=UTC)
    assert tree["b"] == [{"c": datetime(2024, 1, 1, 1, tzinfo=UTC)}]
    assert tree["d"] == datetime(2023, 12, 31, 22, 30, tzinfo=UTC)


def read_or_located(data: bytes) -> None:
    errors: tuple[LocatedError, ...] = ()
    try:
        value = read_toml(data, "f.toml", Configuration)
    except LocatedErrors as found:
        value, errors = None, found.errors
    lines = data.count(b"\n") + 1
    assert all(1 <= error.line <= lines and "\n" not in error.message for error in errors)
    assert isinstance(value, Configuration) or errors


@given(st.binary(max_size=200))
def test_arbitrary_bytes_give_a_value_or_located_errors(data: bytes) -> None:
    read_or_located(data)


FRAGMENTS = st.sampled_from(
    [
        *["[", "]", "{", "}", "=", ".", ",", "\n", '"', "'", '"""', "#", " ", "\\", "\u2028"],
        *["[server]\n", "[[prices]]\n", "[providers.x]\n", 'kind = "openai"\n', "workers = 1\n"],
        *['[models."a/b"]\n', "deployments = [{", "released = ", "2024-01-01", "1e999", "nan"],
        *["source = ", "input = ", "-1", "07:32:00", "9999-12-31T23:59:59-23:59", "\ud7ff", "\x00"],
    ]
)


@given(st.lists(FRAGMENTS, max_size=25).map("".join))
@example('"a` - at `$.models[...].deployments[0]" = 1')
@example('[[prices]]\nsource = "s"\nmodel = "m"\ninput = 1e999')
def test_text_that_is_nearly_a_configuration(text: str) -> None:
    read_or_located(text.encode())


class Table(msgspec.Struct, forbid_unknown_fields=True):
    """A schema of the tests' own."""

    name: str


def test_any_schema_can_be_read() -> None:
    assert read_toml(b'name = "x"', "f.toml", Table) == Table(name="x")
