"""Findings as SARIF 2.1.0, the form that code review reads: rules, results, places.

Only the form; `detente check` finds and writes. Paths are relative to the working folder, which
in a review is the repository's. A result's fingerprint stays when lines move or dates change.

    sys.stdout.buffer.write(sarif_of(results, Path.cwd()))

SARIF 2.1.0 (OASIS, Errata 01, 2023-08-28), sections 3.19 (tool component), 3.27 (result), 3.29
(physical location), 3.49 (reporting descriptor).
"""

import hashlib
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import quote

import msgspec

from detente import __version__
from detente.agreements.checking.rules import RULES, Rule

SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
ROOT: Final = "SRCROOT"
"""What paths are relative to; a reader binds it to the folder that it checked out."""
FINGERPRINT: Final = "findingHash/v1"
QUESTION: Final = "question"
"""The rule of a question that is not answered as its file expects."""

_QUESTION = Rule(
    title="question not answered as expected",
    meaning="The agreements answer a question of the questions file otherwise than expected.",
    cure="Correct the agreements or the expectation.",
)


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a file, counted from 1, and what stands there, None where the result itself."""

    file: str
    line: int
    name: str | None = None


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to show in a review.

    `identity` is what makes it the same thing after lines have moved: clauses, a model, an id.
    `related` are further places that it speaks of, `facts` what a program may want to read.
    """

    rule: str
    level: Literal["error", "warning"]
    message: str
    spot: Spot
    identity: tuple[str, ...]
    related: tuple[Spot, ...] = ()
    facts: dict[str, object] = {}


def sarif_of(
    results: Sequence[Result], levels: Mapping[str, Literal["error", "warning"]], folder: Path
) -> bytes:
    """The log file with one run: every rule, by `levels`, and every result, in their order."""
    rules = {**RULES, QUESTION: _QUESTION}
    names = list(rules)
    seen: Counter[tuple[str, ...]] = Counter()
    shown: list[dict[str, Any]] = []
    for result in results:
        key = (result.rule, *result.identity)
        shown.append(_result(result, names.index(result.rule), _hash(key, seen[key]), folder))
        seen[key] += 1
    run = {
        "tool": {
            "driver": {
                "name": "detente",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(name, rules[name], levels.get(name, "error")) for name in names],
            }
        },
        "originalUriBaseIds": {ROOT: {"description": {"text": "the folder of the repository"}}},
        "columnKind": "unicodeCodePoints",
        "results": shown,
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(log), indent=2) + b"\n"


def _rule(name: str, rule: Rule, level: str) -> dict[str, Any]:
    words = "".join(word.capitalize() for word in rule.title.replace("'s", "").split())
    return {
        "id": name,
        "name": "".join(c for c in words if c.isalnum()),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.meaning},
        "help": {
            "text": f"{rule.meaning} {rule.cure}",
            "markdown": f"{rule.meaning}\n\n**Cure.** {rule.cure}",
        },
        "defaultConfiguration": {"level": level},
    }


def _result(result: Result, index: int, fingerprint: str, folder: Path) -> dict[str, Any]:
    related = [
        {"id": number, **_location(spot, folder)} for number, spot in enumerate(result.related, 1)
    ]
    return {
        "ruleId": result.rule,
        "ruleIndex": index,
        "level": result.level,
        "message": {"text": result.message},
        "locations": [_location(result.spot, folder)],
        **({"relatedLocations": related} if related else {}),
        "partialFingerprints": {FINGERPRINT: fingerprint},
        **({"properties": result.facts} if result.facts else {}),
    }


def _location(spot: Spot, folder: Path) -> dict[str, Any]:
    place = {
        "artifactLocation": {"uri": relative_uri(spot.file, folder), "uriBaseId": ROOT},
        "region": {"startLine": max(1, spot.line)},
    }
    message = {} if spot.name is None else {"message": {"text": f"`{spot.name}`"}}
    return {"physicalLocation": place, **message}


def relative_uri(file: str, folder: Path) -> str:
    """The path from `folder` as a relative URI reference (RFC 3986): `/` and percent-encoding."""
    path = os.path.relpath(os.path.join(folder, file), folder)
    return quote(path.replace(os.sep, "/"))


def _hash(key: tuple[str, ...], count: int) -> str:
    """Alike for the same thing in the next review; the n-th of several alike is told apart."""
    return hashlib.sha256("\n".join((*key, str(count))).encode()).hexdigest()
