"""What `detente check` found, as text for a terminal, as JSON, and as SARIF for code review.

Only shows; finds and reads nothing.

    print_report(report)
"""

from pathlib import Path
from typing import get_args

import msgspec
from rich.console import Console
from rich.text import Text

from detente.agreements.check import CheckFinding
from detente.agreements.checking.domain import Period
from detente.agreements.checking.report import Code, Severity
from detente.agreements.questions import Answer
from detente.cli import sarif
from detente.cli.answer import asked, day
from detente.cli.facts import command_of
from detente.wiring import Setup

STYLES = {"error": "red", "warning": "yellow"}


class CheckReport(msgspec.Struct, frozen=True, kw_only=True):
    """A configuration, what is wrong with it, and how its questions were answered."""

    setup: Setup
    found: tuple[CheckFinding, ...]
    answers: tuple[Answer, ...]

    @property
    def is_bad_news(self) -> bool:
        """Whether there is an error, or an answer that was not expected."""
        wrong = any(finding.severity == "error" for finding in self.found)
        return wrong or any(answer.differences for answer in self.answers)


def as_json_text(report: CheckReport) -> str:
    """One JSON object with everything."""
    facts = {
        "configuration": str(report.setup.path),
        "agreements": [agreement.id for agreement in report.setup.agreements.agreements],
        "findings": [
            {
                "code": finding.code,
                "severity": finding.severity,
                **dict(zip(("file", "line"), _place(report.setup, finding), strict=True)),
                "message": finding.message,
                "fact": finding.fact,
                "clauses": finding.clauses,
                "model": finding.model,
                "periods": finding.periods,
                "witness": finding.witness,
            }
            for finding in report.found
        ],
        "questions": [
            {
                "id": answer.id,
                "file": answer.file,
                "line": answer.line,
                "as_expected": not answer.differences,
                "differences": answer.differences,
                "outcome": answer.decision.outcome,
                "order": answer.decision.order,
                "clauses": answer.decision.clauses,
            }
            for answer in report.answers
        ],
    }
    return msgspec.json.encode(facts).decode()


def as_sarif(report: CheckReport, folder: Path) -> bytes:
    """A SARIF 2.1.0 log, paths relative to `folder`."""
    results = [_result(report.setup, finding) for finding in report.found]
    results += [_wrong(answer) for answer in report.answers if answer.differences]
    codes: tuple[Code, ...] = get_args(Code)
    levels: dict[str, Severity] = {
        code: CheckFinding(code=code, message="").severity for code in codes
    }
    return sarif.sarif_of(results, levels, folder)


def print_report(report: CheckReport) -> None:
    """Each finding with its place, its dates and a command that shows it; then the counts."""
    # Wide and unwrapped, so that `file:line` stays in one piece for editors and terminals.
    console = Console(highlight=False, soft_wrap=True)
    for finding in report.found:
        console.print(_finding(report.setup, finding))
    for answer in report.answers:
        if answer.differences:
            console.print(_answer(answer))
    counts = [
        _count(len(report.setup.agreements.agreements), "agreement"),
        _count(len(report.setup.agreements.clauses), "clause"),
        _count(sum(f.severity == "error" for f in report.found), "error"),
        _count(sum(f.severity == "warning" for f in report.found), "warning"),
    ]
    console.print(Text(", ".join(counts)))
    if report.answers:
        right = sum(not answer.differences for answer in report.answers)
        style = "green" if right == len(report.answers) else "red"
        said = f"{right} of {len(report.answers)} questions answered as expected"
        console.print(Text(said, style))


def _finding(setup: Setup, finding: CheckFinding) -> Text:
    file, line = _place(setup, finding)
    text = Text.assemble(
        (f"{file}:{line}: ", "bold"),
        (f"{finding.code} {finding.severity}: ", STYLES[finding.severity]),
        finding.message,
    )
    if finding.periods:
        text.append("\n    " + "; ".join(_dates(period) for period in finding.periods))
    if finding.witness is not None:
        text.append(f"\n    {command_of(finding.witness, setup.path)}", style="dim")
    return text


def _answer(answer: Answer) -> Text:
    text = Text.assemble(
        (f"{answer.file}:{answer.line}: ", "bold"),
        (f"{answer.id}: ", "red"),
        answer.entry.ask or asked(answer.question),
    )
    for difference in answer.differences:
        text.append(f"\n    {difference}")
    if answer.entry.why is not None:
        text.append(f"\n    because “{answer.entry.why}”", style="italic")
    return text


def _result(setup: Setup, finding: CheckFinding) -> sarif.Result:
    file, line = _place(setup, finding)
    places = setup.agreements.places
    others = [name for name in finding.clauses if places[name] != finding.place]
    when = "; ".join(_dates(period) for period in finding.periods)
    shown = None if finding.witness is None else command_of(finding.witness, setup.path)
    message = [finding.message, *(f"({part})" for part in (when, shown) if part)]
    return sarif.Result(
        rule=finding.code,
        level=finding.severity,
        message=" ".join(message),
        spot=sarif.Spot(file=file, line=line),
        identity=(*finding.clauses, finding.model or "", *map(str, finding.configured)),
        related=tuple(
            sarif.Spot(file=places[name].file, line=places[name].line, name=name) for name in others
        ),
        facts={
            "clauses": finding.clauses,
            "periods": finding.periods,
            **({} if finding.fact is None else {"fact": finding.fact}),
            **({} if finding.witness is None else {"witness": finding.witness}),
        },
    )


def _wrong(answer: Answer) -> sarif.Result:
    told = "; ".join(answer.differences)
    why = "" if answer.entry.why is None else f", because “{answer.entry.why}”"
    return sarif.Result(
        rule=sarif.QUESTION,
        level="error",
        message=f"{answer.entry.ask or asked(answer.question)} {told}{why}",
        spot=sarif.Spot(file=answer.file, line=answer.line),
        identity=(answer.id,),
    )


def _place(setup: Setup, finding: CheckFinding) -> tuple[str, int]:
    """Where a reader has to look: the clause, else what stands in the configuration."""
    if finding.place is not None:
        return finding.place.file, finding.place.line
    path = ("models", finding.model) if finding.model is not None else finding.configured
    return str(setup.path), setup.positions.line(path)


def _dates(period: Period) -> str:
    if period.from_ is None:
        return f"until {day(period.until)}" if period.until is not None else "always"
    until = f" until {day(period.until)}" if period.until is not None else " on"
    return f"from {day(period.from_)}{until}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
