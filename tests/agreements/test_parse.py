"""Files: what they may say, and where every error stands."""

import contextlib
import hashlib
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.agreements import load
from detente.agreements.clauses.first_refusal import FirstRefusal
from detente.agreements.moment import Between
from detente.agreements.parse import fingerprint
from detente.configuration.located import LocatedErrors
from tests.agreements.scenes import HEAD, loaded, loaded_files

GRANT = '[[clause]]\nid = "g"\ntype = "grant"\n'


def errors(*files: str) -> list[str]:
    with pytest.raises(LocatedErrors) as raised:
        load([(f"{name}.toml", text.encode()) for name, text in zip("abc", files, strict=False)])
    return [str(error) for error in raised.value.errors]


def test_a_clause_inherits_what_it_does_not_say() -> None:
    head = f"{HEAD}from = 2025-01-01\nuntil = 2027-01-01\n"
    agreements = loaded(
        'id = "g"\ntype = "grant"',
        'id = "h"\ntype = "grant"\nfrom = 2026-01-01\nrecorded_at = 2025-06-01',
        head=head,
    )
    g, h = agreements.clauses
    assert (g.from_, g.until) == (
        datetime(2025, 1, 1, tzinfo=UTC),
        datetime(2027, 1, 1, tzinfo=UTC),
    )
    assert g.recorded_at == datetime(2025, 1, 1, tzinfo=UTC)
    assert (h.from_, h.until) == (
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2027, 1, 1, tzinfo=UTC),
    )
    assert h.recorded_at == datetime(2025, 6, 1, tzinfo=UTC)
    assert (g.id, g.agreement, g.type, g.role) == ("a/g", "a", "grant", "grant")


def test_a_date_may_lie_between_two_others() -> None:
    clause = 'id = "g"\ntype = "grant"\nfrom = { after = 2023-03-01, before = 2023-03-31 }'
    assert loaded(clause).clauses[0].from_ == Between(
        after=datetime(2023, 3, 1, tzinfo=UTC), before=datetime(2023, 3, 31, tzinfo=UTC)
    )


def test_times_are_utc_whatever_their_zone() -> None:
    clause = 'id = "g"\ntype = "grant"\nfrom = 2026-01-01T01:00:00+01:00'
    assert loaded(clause).clauses[0].from_ == datetime(2026, 1, 1, tzinfo=UTC)


def test_a_first_refusal_parses_without_its_terms() -> None:
    clause = loaded('id = "f"\ntype = "first_refusal"\nholder = "microsoft"').clauses[0]
    assert isinstance(clause, FirstRefusal)
    assert (clause.signals, clause.respond_within, clause.default) == ((), None, None)
    assert clause.wait_ms is None


def test_the_place_of_everything_is_kept() -> None:
    agreements = load([("folder/a.toml", f"{HEAD}\n{GRANT}".encode())])
    assert agreements.places["a"].line == 1
    assert (agreements.places["a/g"].file, agreements.places["a/g"].line) == ("folder/a.toml", 4)
    assert agreements.clause("a/g") is agreements.clauses[0]
    assert agreements.clause("a/h") is None
    assert agreements.agreement("a") is agreements.agreements[0]


def test_no_files_are_no_agreements() -> None:
    agreements = load([])
    assert (agreements.agreements, agreements.clauses, agreements.fingerprints) == ((), (), ())


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('id = "a"\n', "a.toml:1: missing key `recorded_at`; an agreement needs it"),
        (f"{HEAD}titel = 1\n", "a.toml:3: unknown key `titel`; did you mean `title`?"),
        (
            f'{HEAD}[[clause]]\nid = "g"\ntype = "grnt"\n',
            "a.toml:5: unknown clause type `grnt`; did you mean `grant`?",
        ),
        (
            f"{HEAD}{GRANT}enrolmnt = 'p'\n",
            "a.toml:6: unknown key `enrolmnt`; did you mean `enrolment`?",
        ),
        (
            f'{HEAD}{GRANT}scope = {{ publishr = "openai" }}\n',
            "a.toml:6: unknown key `publishr`; did you mean `publisher`?",
        ),
        (
            f'{HEAD}{GRANT}scope = {{ interface = "statless_api" }}\n',
            "a.toml:6: `clause.0.scope.interface`: unknown value `statless_api`",
        ),
        (
            f'{HEAD}[[clause]]\nid = "x"\ntype = "exclusive"\n',
            "a.toml:3: missing key `holder`; a `exclusive` needs it",
        ),
        (
            f'{HEAD}[[clause]]\nid = "x"\ntype = "exclusive"\nholder = "hosts:x"\n',
            "a.toml:6: `hosts:x` is no holder; write `host:X`, `kind:X` or `provider:X`",
        ),
        (
            f'{HEAD}[[clause]]\nid = "x"\ntype = "hold"\nleader = "a"\nfollower = "b c"\n'
            "lag_days = 1",
            "a.toml:7: `b c` is no holder; write `host:X`, `kind:X` or `provider:X`",
        ),
    ],
)
def test_an_error_tells_line_and_cure(text: str, error: str) -> None:
    assert errors(text) == [error]


def test_a_clause_without_type_is_told_the_types() -> None:
    (error,) = errors(f'{HEAD}[[clause]]\nid = "g"\n')
    assert error.startswith("a.toml:3: missing key `type`; known are `attest`, `capacity`")


@pytest.mark.parametrize("text", [f"{HEAD}clause = 1\n", f"{HEAD}clause = [1]\n"])
def test_a_clause_has_to_be_a_table(text: str) -> None:
    assert any("clause" in error for error in errors(text))


def test_every_error_of_every_file_is_told() -> None:
    first = f"{HEAD}titel = 1\nparties = 2\n{GRANT}stage = 'beta'\nenrolment = 1\nuntil = 'soon'\n"
    found = errors(first, "id = [\n", 'id = "c"\n')
    places = [error.partition(": ")[0] for error in found]
    assert places == [
        *(f"a.toml:{line}" for line in (3, 4, 8, 9, 10)),
        "b.toml:1",
        "c.toml:1",
    ]


def test_an_agreements_fingerprint_ignores_how_it_is_written() -> None:
    spaced = f"# a comment\n{HEAD}\n\n[[clause]]\ntype = 'grant'\nid    = 'g'\n"
    one, other = loaded_files(f"{HEAD}{GRANT}"), loaded_files(spaced)
    assert one.fingerprints == other.fingerprints
    assert one.fingerprints != loaded_files(f"{HEAD}{GRANT}stage = 'ga'\n").fingerprints


def test_a_fingerprint_is_the_hash_of_canonical_json() -> None:
    tree: dict[str, object] = {
        "recorded_at": datetime(2025, 1, 1, tzinfo=UTC),
        "id": "ä\n",
        "clause": [{"lag_days": 7, "rate": 1e21, "open": True}],
    }
    canonical = (
        '{"clause":[{"lag_days":7,"open":true,"rate":1e+21}],'
        '"id":"ä\\n","recorded_at":"2025-01-01T00:00:00Z"}'
    )
    assert fingerprint(tree) == hashlib.sha256(canonical.encode()).hexdigest()


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_any_bytes_load_or_are_located_errors(data: bytes) -> None:
    for content in (data, HEAD.encode() + data, f"{HEAD}{GRANT}".encode() + data):
        with contextlib.suppress(LocatedErrors):
            load([("a.toml", content)])
