"""What `detente screen` shows: each finding, and what becomes of it deployment by deployment.

Only shows. A finding is shown by its form (`xxx@xxxxxxx.xxx`), so that the report can be passed on;
in clear only where that is asked for.

>>> form_of("Ann: 0151-23")
'xxx: 0000-00'
"""

from typing import Final, Literal

import msgspec
from rich.table import Table
from rich.text import Text

from detente.canonical.guardrail import RiskTreatment, Stage, Treatment
from detente.guardrails.judging import Judged
from detente.guardrails.policy import Applied
from detente.guardrails.risk import Verdict
from detente.guardrails.screening import Found, Looked
from detente.terminal import console

EXCERPT_CHARACTERS_MAX: Final = 60
STYLES: Final[dict[Treatment | RiskTreatment, str]] = {
    "allow": "green",
    "flag": "cyan",
    "pseudonymise": "yellow",
    "mask": "yellow",
    "elsewhere": "magenta",
    "hold": "magenta",
    "block": "red",
}


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A deployment, and what becomes of each finding of data on its way there or from there."""

    deployment: str
    judged: tuple[Judged, ...]


class Risk(msgspec.Struct, frozen=True, kw_only=True):
    """A content risk that a detector signals, and what follows."""

    found: Found
    verdict: Verdict


class Screening(msgspec.Struct, frozen=True, kw_only=True):
    """What the policies find in a text, and do. Without `policies` nobody looked."""

    model: str
    stage: Stage
    text: str
    policies: tuple[str, ...] = ()
    detectors: tuple[str, ...] = ()
    looked: Looked = Looked(found=())
    on_failure: Literal["block", "flag"] = "block"
    places: tuple[Place, ...] = ()
    risks: tuple[Risk, ...] = ()

    @property
    def is_blocked(self) -> bool:
        """Whether somebody would not get the text."""
        data = (one.applied.treatment for place in self.places for one in place.judged)
        risks = (risk.verdict.treatment for risk in self.risks)
        failed = bool(self.looked.failed) and self.on_failure == "block"
        return failed or "block" in {*data, *risks}


class _Shown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A finding as JSON has it; places count from 0, lines and columns from 1."""

    category: str
    detector: str
    start: int
    end: int
    line: int
    column: int
    excerpt: str
    treatment: str | None = None
    policy: str | None = None
    severity: int | None = None


def as_json_text(found: Screening, *, in_clear: bool) -> str:
    """One JSON object with everything."""
    shown = {
        "model": found.model,
        "stage": found.stage,
        "policies": found.policies,
        "detectors": found.detectors,
        "failed": found.looked.failed,
        "found": [_shown(found, one, in_clear=in_clear) for one in found.looked.found],
        "risks": [
            msgspec.structs.replace(
                _shown(found, risk.found, in_clear=in_clear),
                treatment=risk.verdict.treatment,
                policy=risk.verdict.policy,
                severity=risk.found.severity,
            )
            for risk in found.risks
        ],
        "deployments": [
            {
                "deployment": place.deployment,
                "found": [
                    msgspec.structs.replace(
                        _shown(found, one.found, in_clear=in_clear),
                        treatment=one.applied.treatment,
                        policy=one.applied.policy,
                    )
                    for one in place.judged
                ],
            }
            for place in found.places
        ],
        "blocked": found.is_blocked,
    }
    return msgspec.json.encode(shown).decode()


def print_report(found: Screening, *, in_clear: bool) -> None:
    """What was found, then what becomes of it."""
    out = console()
    if not found.policies:
        out.print(Text(f"no policy governs this request for {found.model}; nobody looks at it"))
        return
    out.print(f"policies: {', '.join(found.policies)}; looked for by {', '.join(found.detectors)}")
    for name in found.looked.failed:
        text = f"detector `{name}` failed, for which the policies say `{found.on_failure}`"
        out.print(Text(text, STYLES[found.on_failure]))
    if not found.looked.found:
        out.print("nothing is found")
        return
    table = Table("category", "detector", "line", "column", "found" if in_clear else "its form")
    for one in found.looked.found:
        line, column = _place(found.text, one.start)
        excerpt = Text(_excerpt(found.text, one, in_clear=in_clear))
        table.add_row(one.category, one.detector, str(line), str(column), excerpt)
    out.print(table)
    for risk in found.risks:
        out.print(_risk(risk))
    for place in found.places:
        out.print(_told(place, found.stage))


def form_of(words: str) -> str:
    """The form of what was found: every letter an x, every digit a 0."""
    return "".join("0" if c.isnumeric() else "x" if c.isalpha() else c for c in words)


def _shown(found: Screening, one: Found, *, in_clear: bool) -> _Shown:
    line, column = _place(found.text, one.start)
    return _Shown(
        category=one.category,
        detector=one.detector,
        start=one.start,
        end=one.end,
        line=line,
        column=column,
        excerpt=_excerpt(found.text, one, in_clear=in_clear),
    )


def _excerpt(text: str, one: Found, *, in_clear: bool) -> str:
    """What was found on a line, cut short, and without what a terminal would act upon."""
    words = text[one.start : min(one.end, one.start + EXCERPT_CHARACTERS_MAX)]
    plain = "".join(c if c.isprintable() else " " for c in words)
    cut = "…" if one.end - one.start > EXCERPT_CHARACTERS_MAX else ""
    return (plain if in_clear else form_of(plain)) + cut


def _place(text: str, start: int) -> tuple[int, int]:
    """Line and column, from 1."""
    return text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)


def _told(place: Place, stage: Stage) -> Text:
    """A deployment and, by category, what becomes of what was found."""
    way = "to" if stage == "input" else "from"
    text = Text.assemble(f"{way} ", (place.deployment, "bold"), ": ")
    kinds: dict[Applied, dict[str, None]] = {}
    for one in place.judged:
        kinds.setdefault(one.applied, {})[one.found.category] = None
    if not kinds:
        return text.append("everything passes", style=STYLES["allow"])
    for number, (applied, categories) in enumerate(kinds.items()):
        alike = " as look-alike" if applied.look_alike else ""
        text.append("; " if number else "")
        text.append(f"{', '.join(categories)}: ")
        text.append(f"{applied.treatment}{alike}", style=STYLES[applied.treatment])
        text.append(f" ({applied.policy})", style="dim")
    return text


def _risk(risk: Risk) -> Text:
    treatment = risk.verdict.treatment
    said = f"{risk.found.category} of severity {risk.found.severity}: {treatment}"
    by = "" if risk.verdict.policy is None else f" ({risk.verdict.policy})"
    return Text.assemble((said, STYLES[treatment]), (by, "dim"))
