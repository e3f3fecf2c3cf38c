"""A decision on a terminal: the answer, the order, and for every place the clause that decided.

Only shows what a `Decision` holds, with the words of the clauses that it cites; decides and
reads nothing.

    print_answer(question, decision, setup)
"""

from datetime import datetime, time

import msgspec
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from detente.agreements import AgreementSet, explain
from detente.canonical.decision import Decision, Outcome, Reason, Verdict
from detente.canonical.guardrail import Stage
from detente.canonical.model import Deployment
from detente.canonical.question import Question
from detente.cli.governed import Content
from detente.terminal import console
from detente.wiring import Setup

STYLES: dict[Outcome, str] = {
    "allow": "green",
    "deny": "red",
    "conflict": "magenta",
    "unknown": "yellow",
}
MARKS: dict[Outcome, str] = {"allow": "✓", "deny": "✗", "conflict": "⚡", "unknown": "?"}
STAGES: dict[Stage, str] = {"input": "what it gets:", "output": "its answers:"}
FRAME = 6
"""Columns that a frame takes of the line in it."""
REFUSED = "↷"
"""Before a deployment that may be tried and has refused this request."""


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """What a clause rests on: its own words, and where a reader can check them."""

    quote: str | None
    source: str | None


def grounds_of(agreements: AgreementSet) -> dict[str, Ground]:
    """The ground of every clause, by its id; a clause without a source has its agreement's."""
    sources = {agreement.id: agreement.source for agreement in agreements.agreements}
    return {
        clause.id: Ground(
            quote=clause.quote, source=clause.source or sources.get(clause.id.partition("/")[0])
        )
        for clause in agreements.clauses
    }


def answer_json(
    question: Question,
    decision: Decision,
    agreements: AgreementSet,
    content: Content | None = None,
) -> str:
    """One JSON object: the decision, the question, the answer in words, the cited clauses; and the
    policies on content, where some govern."""
    grounds = grounds_of(agreements)
    cited = dict.fromkeys((*decision.clauses, *(c for v in decision.verdicts for c in v.clauses)))
    facts = {
        **msgspec.to_builtins(decision, str_keys=True),
        "sentence": explain.sentence(decision, question),
        "question": question,
        "grounds": {clause: grounds[clause] for clause in cited if clause in grounds},
        **({} if content is None else _content(content)),
    }
    return msgspec.json.encode(facts).decode()


def _content(content: Content) -> dict[str, object]:
    return {
        "policies": content.policies,
        "content": {
            name: {stage: content.treatments(name, stage) for stage in STAGES}
            for name in content.governed.treatments
        },
        "remote_detectors": {
            name: {"place": place, "input": content.seen(name)}
            for name, place in content.elsewhere.items()
        },
    }


def print_answer(
    question: Question, decision: Decision, setup: Setup, content: Content | None = None
) -> None:
    """Prints the answer for a person, as wide as the terminal is."""
    out = console()
    grounds = grounds_of(setup.agreements)
    places = {d.id: d for d in setup.world.deployments_of(question.model)}
    style = STYLES[decision.outcome]
    long = len(asked(question)) > out.width - FRAME
    out.print(
        Panel(
            Text(explain.sentence(decision, question)),
            title=f"[bold {style}]{decision.outcome}[/]",
            title_align="left",
            subtitle=None if long else escape(asked(question)),
            subtitle_align="left",
            border_style=style,
        )
    )
    if long:
        out.print(Text(asked(question), style="dim"))
    verdicts = _sorted(decision)
    refused = {refusal.deployment: refusal.signal for refusal in question.refusals}
    for verdict in verdicts:
        if _is_narrowed(verdict):
            continue
        place = places.get(verdict.deployment)
        out.print(_heading(verdict, place, refused.get(verdict.deployment)))
        for reason in verdict.reasons:
            out.print(Padding(_reason(reason, grounds), (0, 0, 0, 4)))
        if content is not None and verdict.outcome == "allow":
            for stage, way in STAGES.items():
                told = Text(f"{way} {content.line(verdict.deployment, stage)}", style="magenta")
                out.print(Padding(told, (0, 0, 0, 4)))
    narrowed = [verdict.deployment for verdict in verdicts if _is_narrowed(verdict)]
    if narrowed:
        out.print(Text(f" · not asked for: {', '.join(narrowed)}", style="dim"))
    if content is not None:
        out.print(Text(f"policies on content: {', '.join(content.policies)}"))
        for name, place in content.elsewhere.items():
            told = f"detector {name} at {place} is shown: {content.seen_line(name)}"
            out.print(Text(told, style="magenta"))
    out.print(Text(f"decision {decision.id}", style="dim"))


def asked(question: Question) -> str:
    """The question in a line: model, date, and what narrows it."""
    parts = [question.model, day(question.at)]
    if day(question.known_at) != day(question.at):
        parts.append(f"as known on {day(question.known_at)}")
    if question.interface != "stateless_api":
        parts.append(question.interface)
    if question.providers is not None:
        parts.append("at " + " or ".join(question.providers))
    if question.region is not None:
        parts.append(f"in {question.region}")
    if question.project is not None:
        parts.append(f"for {question.project}")
    parts += [f"{name}={value}" for name, value in question.labels]
    parts += [f"{event.name} on {day(event.occurred_at)}" for event in question.events]
    parts += dict.fromkeys(f"offer {o.name} {o.answer or 'made'}" for o in question.offers)
    parts += [f"{refusal.deployment} refused" for refusal in question.refusals]
    return " · ".join(parts)


def day(moment: datetime) -> str:
    """The date, with the time of day where it is not midnight."""
    if moment.time() == time():
        return moment.date().isoformat()
    return moment.strftime("%Y-%m-%d %H:%M")


def _sorted(decision: Decision) -> list[Verdict]:
    """Those that may be tried first, in their order; the others as configured."""
    places = {deployment: place for place, deployment in enumerate(decision.order)}
    return sorted(decision.verdicts, key=lambda v: places.get(v.deployment, len(places)))


def _is_narrowed(verdict: Verdict) -> bool:
    """Whether the question itself left the deployment out, which needs no explanation."""
    return [reason.rule for reason in verdict.reasons] == ["narrowed"]


def _heading(verdict: Verdict, deployment: Deployment | None, refused: str | None) -> Text:
    style = STYLES[verdict.outcome]
    mark = REFUSED if refused else MARKS[verdict.outcome]
    text = Text.assemble((f" {mark} {verdict.deployment}", f"bold {style}"))
    if refused:
        text.append(f"  refused: {refused}", style="yellow")
    if deployment is not None:
        where = deployment.host + (f", {deployment.region}" if deployment.region else "")
        text.append(f"  on {where}", style="dim")
    return text


def _reason(reason: Reason, grounds: dict[str, Ground]) -> Text:
    text = Text(reason.text)
    ground = grounds.get(reason.clause) if reason.clause is not None else None
    if ground is not None and ground.quote is not None:
        text.append(f"\n“{ground.quote}”", style="italic")
        if ground.source is not None:
            text.append(f"\n{ground.source}", style="dim")
    if reason.missing is not None:
        text.append(f"\nmissing: {reason.missing}", style="yellow")
    if reason.change is not None:
        text.append("\nwould change: ", style="dim")
        text.append(reason.change, style="cyan")
    return text
