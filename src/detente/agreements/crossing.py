"""What can be wrong between clauses that are each well formed: names, and dates that cross.

Each error is located at the key that has to change. Contradictions between clauses are not
errors of the files; they are for `check` to find.
"""

from collections.abc import Iterator

import msgspec

from detente.agreements.agreement import Agreement
from detente.agreements.clause import Clause
from detente.agreements.moment import Between, Moment, earliest, in_words, latest
from detente.agreements.money import amount_mistakes
from detente.configuration.located import LocatedError, Path, Positions, did_you_mean, nearest


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One agreement with where it was written.

    `clauses` are as written, each with its path in the file; `named` are the ids of all of
    them, those that could not be read included.
    """

    file: str
    positions: Positions
    agreement: Agreement
    clauses: tuple[tuple[Path, Clause], ...]
    named: frozenset[str]
    fingerprint: str

    def resolved(self, clause: Clause) -> Clause:
        """`clause` under its full id, with what it inherits from the agreement."""
        return msgspec.structs.replace(
            clause,
            id=f"{self.agreement.id}/{clause.id}",
            from_=clause.from_ if clause.from_ is not None else self.agreement.from_,
            until=clause.until if clause.until is not None else self.agreement.until,
            recorded_at=clause.recorded_at or self.agreement.recorded_at,
        )

    def error(self, path: Path, message: str) -> LocatedError:
        """`message` at `path` of this file."""
        return LocatedError(self.file, self.positions.line(path), message)


def crossing_errors(sources: list[Source], *, complete: bool) -> Iterator[LocatedError]:
    """Everything that is wrong; names are taken as known where not all files were readable."""
    yield from _duplicates(sources)
    agreements = {source.agreement.id for source in sources}
    names = {f"{source.agreement.id}/{name}" for source in sources for name in source.named}
    roles = {
        source.resolved(clause).id: clause.role
        for source in sources
        for _, clause in source.clauses
    }
    for source in sources:
        yield from _dates(source)
        yield from _supersessions(source, agreements if complete else None)
        for path, clause in source.clauses:
            # What is no amount cannot be compared, which a clause's own mistakes may want to.
            for key, said in tuple(amount_mistakes(clause)) or clause.mistakes():
                yield source.error((*path, key), said)
            yield from _references(source, path, clause, names if complete else None)
            if clause.except_of is not None and not clause.excepts:
                problem = f"a `{clause.type}` says nothing of a request and excepts nothing"
                yield source.error((*path, "except_of"), f"{problem}; write a `grant`")
            elif clause.except_of is not None and roles.get(clause.except_of, "prohibition") != (
                "prohibition"
            ):
                problem = (
                    f"`{clause.except_of}` is {_named(roles[clause.except_of])}, which forbids"
                )
                cure = "nothing; name a prohibition"
                yield source.error((*path, "except_of"), f"{problem} {cure}")


def _named(role: str) -> str:
    return f"an {role}" if role == "offering" else f"a {role}"


def _duplicates(sources: list[Source]) -> Iterator[LocatedError]:
    seen: dict[str, Source] = {}
    for source in sources:
        first = seen.setdefault(source.agreement.id, source)
        if first is not source:
            problem = f"agreement `{source.agreement.id}` stands in `{first.file}` too"
            yield source.error(("id",), f"{problem}; rename one of them")
        lines: dict[str, int] = {}
        for path, clause in source.clauses:
            line = source.positions.line((*path, "id"))
            if lines.setdefault(clause.id, line) != line:
                problem = f"clause `{clause.id}` stands in line {lines[clause.id]} too"
                yield source.error((*path, "id"), f"{problem}; rename one of them")


def _dates(source: Source) -> Iterator[LocatedError]:
    agreement = source.agreement
    yield from _period(source, (), agreement.from_, agreement.until)
    for path, clause in source.clauses:
        resolved = source.resolved(clause)
        yield from _period(source, path, resolved.from_, resolved.until)
        begins, ends = agreement.from_, agreement.until
        if clause.from_ and begins and latest(clause.from_) < earliest(begins):
            problem = f"begins before its agreement, on {in_words(clause.from_)}"
            yield source.error((*path, "from"), f"`{clause.id}` {problem}; narrow it")
        if clause.until and ends and earliest(clause.until) > latest(ends):
            problem = f"ends after its agreement, on {in_words(clause.until)}"
            yield source.error((*path, "until"), f"`{clause.id}` {problem}; narrow it")


def _period(
    source: Source, path: Path, from_: Moment | None, until: Moment | None
) -> Iterator[LocatedError]:
    for key, moment in (("from", from_), ("until", until)):
        if isinstance(moment, Between) and moment.after >= moment.before:
            yield source.error((*path, key), f"`{key}` lies between nothing; swap its two dates")
    if from_ is not None and until is not None and earliest(from_) >= latest(until):
        problem = f"`until` ({in_words(until)}) is not after `from` ({in_words(from_)})"
        yield source.error((*path, "until"), f"{problem}; correct one of them")


def _supersessions(source: Source, known: set[str] | None) -> Iterator[LocatedError]:
    agreement = source.agreement
    for name in agreement.supersedes:
        if name == agreement.id:
            yield source.error(("supersedes",), f"`{name}` supersedes itself; name another")
        elif known is not None and name not in known:
            yield source.error(("supersedes",), _unknown_agreement(name, known))
    if agreement.supersedes and agreement.from_ is None:
        yield source.error(("supersedes",), "`supersedes` needs a date; give the agreement `from`")


def _references(
    source: Source, path: Path, clause: Clause, known: set[str] | None
) -> Iterator[LocatedError]:
    for key, name in (("except_of", clause.except_of), ("amends", clause.amends)):
        if name is None or known is None:
            continue
        if name == f"{source.agreement.id}/{clause.id}":
            yield source.error((*path, key), f"`{key}` names the clause itself; name another")
        elif name not in known:
            yield source.error((*path, key), _unknown_clause(name, known, source.agreement.id))


def _unknown_agreement(name: str, known: set[str]) -> str:
    return f"unknown agreement `{name}`; {did_you_mean(name, sorted(known))}"


def _unknown_clause(name: str, known: set[str], agreement: str) -> str:
    own = f"{agreement}/{name}"
    guess = own if own in known else nearest(name, sorted(known))
    cure = f"did you mean `{guess}`?" if guess else "name one as `agreement/clause`"
    return f"unknown clause `{name}`; {cure}"
