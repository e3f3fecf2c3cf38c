"""`detente check`: contradictions and gaps in a configuration and its agreements.

Reads, sweeps and reports; changes nothing. With `--questions` it also asks a file of questions
with expected answers, the tests that users write for their agreements. How a report looks is
`check_report`'s.

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

from detente.agreements import reference
from detente.agreements.check import check as findings_of
from detente.agreements.questions import Answer, QuestionFile, parse_questions, run_questions
from detente.canonical.drill import DrillReport
from detente.canonical.failure import ClientFault
from detente.cli import BAD_NEWS
from detente.cli.check_report import CheckReport, as_json_text, as_sarif, print_report
from detente.cli.facts import read_input, write_output
from detente.cli.policy_checks import policy_checks
from detente.cli.progress import counted
from detente.wiring import CONFIGURATION_NAME, Setup, load

DRILLS = "drills"
"""The folder below `server.state` where drills leave their reports."""


def check(
    config: Path | None = None,
    /,
    *,
    questions: Path | None = None,
    drill: Annotated[list[Path] | None, Parameter(consume_multiple=True, negative="")] = None,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
    sarif: Annotated[list[Path] | None, Parameter(consume_multiple=True, negative="")] = None,
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
    drill
        Reports of drills to compare periods of notice with, beside those in the state's folder.
    as_json
        Print one JSON object.
    sarif
        Write SARIF 2.1.0 for code review, into this file; to standard output if none is named.
    """
    if sarif is not None and (len(sarif) > 1 or (as_json and not sarif)):
        message = "`--sarif` takes one file; name one, and another place for `--json`"
        raise ClientFault("request_invalid", message)
    asked_of = parse_questions(read_input(questions), str(questions)) if questions else None
    if config is None and questions is not None and asked_of is not None:
        config = Path(os.path.normpath(questions.parent / asked_of.tables.configuration))
    setup = load(config or Path(CONFIGURATION_NAME), circles=True)
    drills = _drills(setup, drill or [])
    with counted("checking") as told:
        projects = setup.configuration.projects
        found = findings_of(setup.world, setup.agreements, drills, told, projects)
    found += policy_checks(setup, datetime.now(UTC))
    answers = () if asked_of is None else _answers(setup, asked_of)
    report = CheckReport(setup=setup, found=found, answers=answers)
    if sarif:
        write_output(sarif[0], as_sarif(report, Path.cwd()))
    if as_json:
        sys.stdout.write(as_json_text(report) + "\n")
    elif sarif is not None and not sarif:
        sys.stdout.write(as_sarif(report, Path.cwd()).decode())
    else:
        print_report(report)
    if report.is_bad_news:
        raise SystemExit(BAD_NEWS)


def _answers(setup: Setup, asked_of: QuestionFile) -> tuple[Answer, ...]:
    return run_questions(
        asked_of,
        setup.world,
        [clause.id for clause in setup.agreements.clauses],
        partial(reference.decide, setup.world, setup.agreements),
        now=datetime.now(UTC),
        events=setup.events,
        offers=setup.offers,
        labels_of_project=setup.labels_of_project,
    )


def _drills(setup: Setup, named: list[Path]) -> tuple[DrillReport, ...]:
    """What drills showed, in the named files and those of the state; raises `ClientFault`."""
    files = [*named, *sorted((setup.state / DRILLS).glob("*.json"))]
    return tuple(_drill(file) for file in files)


def _drill(file: Path) -> DrillReport:
    try:
        return msgspec.json.decode(read_input(file), type=DrillReport)
    except (ValueError, RecursionError):
        message = f"`{file}` is no report of a drill; name a file that `detente drill` wrote"
        raise ClientFault("request_invalid", message) from None
