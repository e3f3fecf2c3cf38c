"""The reference page of headers and errors says what the code does."""

import re
from pathlib import Path

from tests.gateway.scripts import OK, chat
from tests.gateway.stage import Stage

from detente.canonical.failure import ERROR_STATUS
from detente.gateway.http.message import WITHHELD_HEADERS
from detente.gateway.routing import HEADER_LABELS_BYTES_MAX, HEADER_LABELS_MAX, NARROWING_HEADERS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reference" / "headers-and-errors.md").read_text(encoding="utf-8")
SOURCES = sorted(
    path
    for path in (ROOT / "src" / "detente").rglob("*.py")
    if "simulator" not in path.parts  # speaks the platforms' words, not the gateway's
)


def section(title: str) -> str:
    return PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]


def rows(title: str) -> list[list[str]]:
    """The cells of a section's table, without its head."""
    lines = [line for line in section(title).splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_code_stands_there_with_its_status() -> None:
    described = {row[0].strip("`"): int(row[1]) for row in rows("Errors")}
    assert described == ERROR_STATUS
    assert list(described.values()) == sorted(described.values())


def test_every_code_has_a_meaning_and_a_cure() -> None:
    for code, _, meaning, cure in rows("Errors"):
        assert meaning, code
        assert bool(cure) != ("nothing gives it today" in meaning), code


def test_a_code_that_nothing_gives_is_given_by_nothing() -> None:
    reserved = {row[0].strip("`") for row in rows("Errors") if "nothing gives it" in row[2]}
    text = "".join(path.read_text(encoding="utf-8") for path in SOURCES)
    given = {code for code in ERROR_STATUS if len(re.findall(f'"{code}"', text)) > 1}
    assert reserved.isdisjoint(given)


def test_every_header_of_a_request_stands_there() -> None:
    described = {row[0].strip("`").encode() for row in rows("Headers of a request")}
    assert described == set(NARROWING_HEADERS)
    bounds = f"at most {HEADER_LABELS_MAX} labels in {HEADER_LABELS_BYTES_MAX} bytes"
    assert bounds in section("Headers of a request")


def test_every_header_of_a_response_stands_there(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("m") + chat("gpt-9"))
    stage.upstream.answers(OK)
    described = {row[0].strip("`") for row in rows("Headers of a response")}
    for answer in client.answers:
        assert {name for name in answer.headers if name.startswith("x-detente-")} == described


def test_what_is_withheld_stands_there() -> None:
    said = section("Headers of a response")
    for name in ("set-cookie", "server", "date", "alt-svc", "strict-transport-security"):
        assert name.encode() in WITHHELD_HEADERS
        assert f"`{name}`" in said
