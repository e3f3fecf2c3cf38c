"""`detente check`: contradictions and gaps in a configuration and its agreements.

Reads, sweeps and reports; changes nothing. With `--questions` it also asks a file of questions
with expected answers, the tests that users write for their agreements.

    detente check examples/openai-microsoft
"""

import os
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.text import Text

from detente.agreements import reference
from detente.agreements.check import CheckFinding
from detente.agreements.check import check as findings_of
from detente.agreements.checking.domain import Period
from detente.agreements.questions import Answer, parse_questions, run_questions
from detente.cli import BAD_NEWS
from detente.cli.answer import asked, day
from detente.cli.facts import command_of, read_input
from detente.wiring import CONFIGURATION_NAME, Setup, load

STYLES = {"error": "red", "warning": "yellow"}


def check(
    config: Path | None = None,
    /,
    *,
    questions: Path | None = None,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:
    """Find contradictions and gaps in a configuration and its agreements.

    Ends with status 0 where there is no error (warnings included), 1 where there is one or a
    question is not answered as expected, 2 where something cannot be read.

    Parameters
    ----------
    config
        The configuration: a file, or a folder with `detente.toml`. If left out, the one that
        the questions name, else `detente.toml`.
    questions
        A file of questions with expected answers to ask as well.
    as_json
        Print one JSON object.
    """
    asked_of = parse_questions(read_input(questions), str(questions)) if questions else None
    if config is None and questions is not None and asked_of is not None:
        config = Path(os.path.normpath(questions.parent / asked_of.tables.configuration))
    setup = load(config or Path(CONFIGURATION_NAME))
    found = findings_of(setup.world, setup.agreements)
    answers: tuple[Answer, ...] = ()
    if asked_of is not None:
        answers = run_questions(
            asked_of,
            setup.world,
            [clause.id for clause in setup.agreements.clauses],
            partial(reference.decide, setup.world, setup.agreements),
            now=datetime.now(UTC),
            events=setup.events,
            offers=setup.offers,
            labels_of_project=setup.labels_of_project,
        )
    if as_json:
        sys.stdout.write(_as_json(setup, found, answers) + "\n")
    else:
        _print(setup, found, answers)
    wrong = any(finding.severity == "error" for finding in found)
    if wrong or any(answer.differences for answer in answers):
        raise SystemExit(BAD_NEWS)


def _as_json(setup: Setup, found: tuple[CheckFinding, ...], answers: tuple[Answer, ...]) -> str:
    facts = {
        "configuration": str(setup.path),
        "agreements": [agreement.id for agreement in setup.agreements.agreements],
        "findings": [
            {
                "code": finding.code,
                "severity": finding.severity,
                **dict(zip(("file", "line"), _place(setup, finding), strict=True)),
                "message": finding.message,
                "clauses": finding.clauses,
                "periods": finding.periods,
                "witness": finding.witness,
            }
            for finding in found
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
            for answer in answers
        ],
    }
    return msgspec.json.encode(facts).decode()


def _print(setup: Setup, found: tuple[CheckFinding, ...], answers: tuple[Answer, ...]) -> None:
    # Wide and unwrapped, so that `file:line` stays in one piece for editors and terminals.
    console = Console(highlight=False, soft_wrap=True)
    for finding in found:
        console.print(_finding(setup, finding))
    for answer in answers:
        if answer.differences:
            console.print(_answer(answer))
    counts = [
        _count(len(setup.agreements.agreements), "agreement"),
        _count(len(setup.agreements.clauses), "clause"),
        _count(sum(f.severity == "error" for f in found), "error"),
        _count(sum(f.severity == "warning" for f in found), "warning"),
    ]
    console.print(Text(", ".join(counts)))
    if answers:
        right = sum(not answer.differences for answer in answers)
        style = "green" if right == len(answers) else "red"
        console.print(Text(f"{right} of {len(answers)} questions answered as expected", style))


def _finding(setup: Setup, finding: CheckFinding) -> Text:
    file, line = _place(setup, finding)
    text = Text.assemble(
        (f"{file}:{line}: ", "bold"),
        (f"{finding.code} {finding.severity}: ", STYLES[finding.severity]),
        finding.message,
    )
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


def _place(setup: Setup, finding: CheckFinding) -> tuple[str, int]:
    """Where a reader has to look; a model without clauses stands in the configuration."""
    if finding.place is not None:
        return finding.place.file, finding.place.line
    path = ("models", finding.model) if finding.model is not None else ()
    return str(setup.path), setup.positions.line(path)


def _dates(period: Period) -> str:
    if period.from_ is None:
        return f"until {day(period.until)}" if period.until is not None else "always"
    until = f" until {day(period.until)}" if period.until is not None else " on"
    return f"from {day(period.from_)}{until}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
