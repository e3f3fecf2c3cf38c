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
from detente.guardrails.forms import HISTORY
from detente.guardrails.policy import Applied
from detente.guardrails.risk import Verdict
from detente.guardrails.screening import Found
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


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A text, and where it stands in a body; no path where it is all there is."""

    text: str
    path: str | None = None


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """A finding in a part."""

    part: Part
    found: Found


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a finding of data."""

    sighting: Sighting
    applied: Applied


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A deployment, and what becomes of each finding of data on its way there or from there."""

    deployment: str
    told: tuple[Told, ...]


class Risk(msgspec.Struct, frozen=True, kw_only=True):
    """A content risk that a detector signals, and what follows."""

    sighting: Sighting
    verdict: Verdict


class Screening(msgspec.Struct, frozen=True, kw_only=True):
    """What the policies find, and do. Without `policies` nobody looked.

    `failed` are detectors that did, `unread` what nobody here can read: what it is, and where.
    `unasked` are detectors that a gateway would ask over the network.
    `on_kept_history` is what becomes of history that a platform keeps, which is such a kind; it is
    allowed where no deployment gets stand-ins.
    """

    model: str
    stage: Stage
    policies: tuple[str, ...] = ()
    detectors: tuple[str, ...] = ()
    unasked: tuple[str, ...] = ()
    found: tuple[Sighting, ...] = ()
    failed: tuple[str, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()
    on_failure: Literal["block", "flag"] = "block"
    on_unread: Literal["block", "flag", "allow"] = "block"
    on_kept_history: Literal["refuse", "remember", "allow"] = "refuse"
    places: tuple[Place, ...] = ()
    risks: tuple[Risk, ...] = ()

    @property
    def is_blocked(self) -> bool:
        """Whether somebody would not get it."""
        data = (one.applied.treatment for place in self.places for one in place.told)
        risks = (risk.verdict.treatment for risk in self.risks)
        failed = (self.on_failure,) if self.failed else ()
        unread = (self.treatment_of(kind) for kind, _ in self.unread)
        return "block" in {*data, *risks, *failed, *unread}

    def treatment_of(self, kind: str) -> Treatment:
        """What becomes of a kind that nobody here can read."""
        if kind != HISTORY:
            return self.on_unread
        return "block" if self.on_kept_history == "refuse" else "allow"


class _Shown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A finding as JSON has it; places count from 0, lines and columns from 1."""

    category: str
    detector: str
    path: str | None = None
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
        "unasked": found.unasked,
        "failed": found.failed,
        "unread": [{"kind": kind, "path": path} for kind, path in found.unread],
        "found": [_shown(one, in_clear=in_clear) for one in found.found],
        "risks": [
            msgspec.structs.replace(
                _shown(risk.sighting, in_clear=in_clear),
                treatment=risk.verdict.treatment,
                policy=risk.verdict.policy,
                severity=risk.sighting.found.severity,
            )
            for risk in found.risks
        ],
        "deployments": [
            {
                "deployment": place.deployment,
                "found": [
                    msgspec.structs.replace(
                        _shown(one.sighting, in_clear=in_clear),
                        treatment=one.applied.treatment,
                        policy=one.applied.policy,
                    )
                    for one in place.told
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
    looking = ", ".join(found.detectors) or "nobody here"
    out.print(f"policies: {', '.join(found.policies)}; looked for by {looking}")
    for name in found.unasked:
        out.print(Text(f"detector `{name}` is asked over the network, and was not", "yellow"))
    for name in found.failed:
        text = f"detector `{name}` failed, for which the policies say `{found.on_failure}`"
        out.print(Text(text, STYLES[found.on_failure]))
    for kind, path in found.unread:
        what = found.on_kept_history if kind == HISTORY else found.on_unread
        text = f"nobody here can read the {kind} at `{path}`: {what}"
        out.print(Text(text, STYLES[found.treatment_of(kind)]))
    if not found.found:
        out.print("nothing is found")
        return
    out.print(_table(found, in_clear=in_clear))
    for risk in found.risks:
        out.print(_risk(risk))
    for place in found.places:
        out.print(_told(place, found.stage))


def _table(found: Screening, *, in_clear: bool) -> Table:
    """Every finding and where it is."""
    with_paths = any(one.part.path is not None for one in found.found)
    places = ("where",) if with_paths else ("line", "column")
    table = Table("category", "detector", *places, "found" if in_clear else "its form")
    for one in found.found:
        path = one.part.path
        where = (path or "",) if with_paths else map(str, _place(one))
        excerpt = _excerpt(one, in_clear=in_clear)
        table.add_row(one.found.category, one.found.detector, *map(Text, where), Text(excerpt))
    return table


def form_of(words: str) -> str:
    """The form of what was found: every letter an x, every digit a 0."""
    return "".join("0" if c.isnumeric() else "x" if c.isalpha() else c for c in words)


def _shown(one: Sighting, *, in_clear: bool) -> _Shown:
    line, column = _place(one)
    return _Shown(
        category=one.found.category,
        detector=one.found.detector,
        path=one.part.path,
        start=one.found.start,
        end=one.found.end,
        line=line,
        column=column,
        excerpt=_excerpt(one, in_clear=in_clear),
    )


def _excerpt(one: Sighting, *, in_clear: bool) -> str:
    """What was found on a line, cut short, and without what a terminal would act upon."""
    start, end = one.found.start, one.found.end
    words = one.part.text[start : min(end, start + EXCERPT_CHARACTERS_MAX)]
    plain = "".join(c if c.isprintable() else " " for c in words)
    cut = "…" if end - start > EXCERPT_CHARACTERS_MAX else ""
    return (plain if in_clear else form_of(plain)) + cut


def _place(one: Sighting) -> tuple[int, int]:
    """Line and column, from 1."""
    text, start = one.part.text, one.found.start
    return text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)


def _told(place: Place, stage: Stage) -> Text:
    """A deployment and, by category, what becomes of what was found."""
    way = "to" if stage == "input" else "from"
    text = Text.assemble(f"{way} ", (place.deployment, "bold"), ": ")
    kinds: dict[Applied, dict[str, None]] = {}
    for one in place.told:
        kinds.setdefault(one.applied, {})[one.sighting.found.category] = None
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
    found = risk.sighting.found
    said = f"{found.category} of severity {found.severity}: {treatment}"
    by = "" if risk.verdict.policy is None else f" ({risk.verdict.policy})"
    return Text.assemble((said, STYLES[treatment]), (by, "dim"))
