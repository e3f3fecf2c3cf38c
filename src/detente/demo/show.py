"""The story on a terminal: a table that people like to look at, and what to try next.

Shows what it is given; asks and decides nothing.
"""

import sys
from collections.abc import Callable, Sequence
from typing import Final

from rich import box
from rich.table import Table
from rich.text import Text

from detente.canonical.decision import Outcome
from detente.demo.stage import Stage
from detente.demo.story import SHOP, VISITOR
from detente.demo.told import Told
from detente.terminal import console

WIDTH_OF_WHOLE_NAMES: Final = 100
"""From here on, deployments are shown on one line each."""
STYLES: Final[dict[Outcome, str]] = {
    "allow": "green",
    "deny": "red",
    "conflict": "magenta",
    "unknown": "yellow",
}
MARKS: Final[dict[Outcome, str]] = {"allow": "✓", "deny": "✗", "conflict": "⚡", "unknown": "?"}

QuoteOf = Callable[[str], str | None]


def story_table(title: str, steps: Sequence[Told], quote_of: QuoteOf, *, width: int) -> Table:
    """The steps, a line between dates, for a terminal of `width` columns."""
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.ROUNDED,
        border_style="dim",
        header_style="bold",
        expand=True,
    )
    table.add_column("date", no_wrap=True)
    table.add_column("asked", ratio=4)
    if width < WIDTH_OF_WHOLE_NAMES:
        table.add_column("answered by", ratio=4, overflow="fold")
    else:
        table.add_column("answered by", no_wrap=True)
    table.add_column("because", ratio=9, overflow="fold")
    table.add_column("cost", justify="right", no_wrap=True)
    quoted: set[str] = set()
    for index, step in enumerate(steps):
        before = steps[index - 1] if index else None
        after = steps[index + 1] if index + 1 < len(steps) else None
        table.add_row(
            Text(step.at, style="bold") if before is None or before.at != step.at else "",
            _asked(step),
            _answer(step),
            _because(step, quote_of, quoted),
            _cost(step),
            end_section=after is not None and after.at != step.at,
        )
    return table


def next_lines(program: str, alliance: Stage, customer: Stage) -> list[str]:
    """What to try next, as lines to copy; `program` is how a shell calls `detente`."""
    shop = f"{customer.base_url}/v1/chat/completions"
    return [
        "# An answer, with the headers that say where from. Leave the date out, or change it.",
        f"curl -i {alliance.base_url}/v1/chat/completions \\",
        f"  -H 'authorization: Bearer {VISITOR}' -H 'content-type: application/json' \\",
        "  -H 'x-detente-at: 2026-06-05' -H 'x-detente-route: aws' \\",
        """  -d '{"model": "gpt-5.5", "messages": [{"role": "user", "content": "echo hello"}]}'""",
        "",
        "# The official client, unmodified.",
        f"{sys.executable} - <<'END'",
        "from openai import OpenAI",
        f'client = OpenAI(base_url="{alliance.base_url}/v1", api_key="{VISITOR}")',
        'messages = [{"role": "user", "content": "count to 20"}]',
        'for chunk in client.chat.completions.create(model="gpt-5.5", messages=messages, '
        "stream=True):",
        '    print(chunk.choices[0].delta.content or "", end="", flush=True)',
        "END",
        "",
        "# Where may a model be reached, and why not elsewhere?",
        f"{program} route gpt-5.5 --provider google --at 2026-06-05 "
        f"--config {alliance.configuration_file}",
        "",
        "# What was asked, who answered, what it cost.",
        f"{program} ledger tail --config {alliance.configuration_file}",
        "",
        "# Refuse again and again: Azure takes two a minute here.",
        f"for n in 1 2 3; do curl -s -o /dev/null -D - {shop} \\",
        f"  -H 'authorization: Bearer {SHOP}' -H 'content-type: application/json' \\",
        """  -d '{"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hi"}]}' \\""",
        "  | grep -i x-detente-deployment; done",
    ]


def print_next(lines: Sequence[str]) -> None:
    """Lines to copy from: neither framed, indented nor wrapped."""
    out = console()
    out.rule("Both gateways stay up. Try, in another terminal", style="dim")
    out.print(Text("\n".join(lines)), soft_wrap=True)
    out.rule("Ctrl-C ends them", style="dim")


def _asked(step: Told) -> Text:
    text = Text.assemble(step.question, "\n", (step.asked, "dim"))
    if step.text:
        text.append(f"\n“{step.text.strip()}”", style="italic")
    return text


def _answer(step: Told) -> Text:
    style = STYLES[step.outcome]
    text = Text()
    for deployment, signal in step.refusals:
        text.append(f"↷ {deployment}\n  refused: {signal}\n", style="yellow")
    if step.deployment is not None and step.status < 400:
        text.append(f"{MARKS[step.outcome]} {step.deployment}", style=f"bold {style}")
    else:
        text.append(f"{MARKS[step.outcome]} {step.outcome}", style=f"bold {style}")
        text.append(f" ({step.status})", style="dim")
    return text


def _because(step: Told, quote_of: QuoteOf, quoted: set[str]) -> Text:
    """The clauses, each with its words where it is met first."""
    text = Text()
    for clause in step.clauses:
        text.append(f"{clause}\n", style="cyan")
        quote = quote_of(clause)
        if quote and clause not in quoted:
            text.append(f"“{quote}”\n", style="italic")
            quoted.add(clause)
    for reason in step.why_not:
        text.append(f"{reason}\n")
    if step.change and step.outcome != "allow":
        text.append(f"possible {step.change}", style="dim")
    text.rstrip()
    return text


def _cost(step: Told) -> Text:
    if step.deployment is None:
        return Text("-", style="dim")
    if step.cost_usd is None:
        return Text("unknown", style="dim")
    return Text(f"${step.cost_usd:.6f}")
