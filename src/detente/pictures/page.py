"""One HTML file with the picture, what stands behind each span, and a table of the same facts.

Loads nothing: scripts, styles and facts stand in the file, and its own policy forbids the rest.
Without scripts, and on paper, it shows the still picture. Light and dark as the reader's system.

>>> page(found, grounds, heading, svg(specification(found, grounds, LIGHT, heading), "when"))
'<!doctype html>...'
"""

from datetime import datetime
from html import escape
from typing import Final

import msgspec

from detente.agreements.timeline import Timeline, Track
from detente.pictures.drawing import script
from detente.pictures.grounds import Grounds, date, ended, started
from detente.pictures.looks import DARK, LIGHT, LOOKS
from detente.pictures.marks import Spec
from detente.pictures.specification import Heading, specification

POLICY: Final = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data:; base-uri 'none'; form-action 'none'"
)
"""What the file may load: nothing. Vega compiles its expressions, hence `unsafe-eval`."""

STYLE: Final = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1d2530; --soft: #5b6673; --line: #d9dfe6; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #12171e; --ink: #e6ebf1; --soft: #a3afbc; --line: #2f3945; }
}
body { margin: 1.5rem; background: var(--paper); color: var(--ink);
  font: 14px/1.45 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; }
figure { margin: 0; overflow-x: auto; }
#picture text { pointer-events: none; }
.alive .still { display: none; }
.still svg { max-width: 100%; height: auto; background: #fff; }
details { margin-top: 1.5rem; }
summary { cursor: pointer; font-weight: 600; }
table { border-collapse: collapse; margin: .8rem 0 1.6rem; width: 100%; }
caption { text-align: left; font-weight: 600; padding: .4rem 0; }
th, td { text-align: left; vertical-align: top; padding: .25rem .7rem .25rem 0;
  border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { color: var(--soft); font-weight: 600; }
td.day { white-space: nowrap; }
#vg-tooltip-element { max-width: 34rem; font: 12px/1.4 system-ui, Helvetica, Arial, sans-serif;
  background: var(--paper); color: var(--ink); border: 1px solid var(--soft); }
#vg-tooltip-element table { margin: 0; width: auto; }
#vg-tooltip-element table tr td { max-width: 27rem; overflow: visible; white-space: normal;
  text-overflow: clip; border: 0; padding: 2px 4px; overflow-wrap: break-word; }
#vg-tooltip-element table tr td.key { color: var(--soft); max-width: 6rem; }
@media print {
  :root { --paper: #fff; --ink: #000; --soft: #444; --line: #bbb; }
  #picture { display: none; }
  .alive .still { display: block; }
}
"""

STARTED: Final = """
const dark = matchMedia("(prefers-color-scheme: dark)");
const specs = JSON.parse(document.getElementById("specs").textContent);
const draw = () => vegaEmbed("#picture", dark.matches ? specs.dark : specs.light,
  { actions: false, renderer: "svg", tooltip: { theme: "custom" } })
  .then(() => document.body.classList.add("alive"));
dark.addEventListener("change", draw);
draw();
"""


def page(found: Timeline, grounds: Grounds, heading: Heading, still: str) -> str:
    """The whole file around the `still` picture, which is SVG.

    Raises `ClientFault` where the extra is missing.
    """
    light = specification(found, grounds, LIGHT, heading)
    dark = specification(found, grounds, DARK, heading)
    title = escape(heading.title)
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width">',
            f"<title>{title}</title>",
            f"<style>{STYLE}</style>",
            "</head>",
            "<body>",
            "<main>",
            f'<figure aria-label="{title}">',
            '<div id="picture"></div>',
            f'<div class="still">{still}</div>',
            "</figure>",
            "<details open><summary>The same as tables</summary>",
            _regimes(found),
            _events(found),
            *_models(found, grounds),
            "</details>",
            "</main>",
            f'<script type="application/json" id="specs">{_embedded(light, dark)}</script>',
            f"<script>{script()}</script>",
            f"<script>{STARTED}</script>",
            "</body>",
            "</html>",
            "",
        )
    )


def _embedded(light: Spec, dark: Spec) -> str:
    """Both specifications as JSON that no text in it can end early."""
    text = msgspec.json.encode({"light": light, "dark": dark}).decode()
    return text.replace("<", "\\u003c")


def _table(caption: str, headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table; the first two cells of a row are days."""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in headings)
    body = "".join(
        "<tr>"
        + "".join(
            f'<td class="day">{escape(cell)}</td>' if place < 2 else f"<td>{escape(cell)}</td>"
            for place, cell in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    return (
        f"<table><caption>{escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _regimes(found: Timeline) -> str:
    rows = [
        (started(r), ended(r), r.title, f"“{r.quote}”" if r.quote else "", r.source or "")
        for r in found.regimes
    ]
    if not rows:
        return ""
    return _table("Agreements in force", ("from", "until", "agreement", "quote", "source"), rows)


def _events(found: Timeline) -> str:
    rows = [(date(mark.at), mark.kind, mark.name) for mark in found.marks]
    return _table("Events, offers and releases", ("on", "what", "name"), rows) if rows else ""


def _models(found: Timeline, grounds: Grounds) -> list[str]:
    tracks: dict[str, list[Track]] = {}
    for track in found.tracks:
        tracks.setdefault(track.model, []).append(track)
    headings = ("from", "until", "where", "state", "because", "clauses", "quote", "source")
    return [
        _table(model, headings, _rows(own, grounds, found.until)) for model, own in tracks.items()
    ]


def _rows(tracks: list[Track], grounds: Grounds, end: datetime) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for track in tracks:
        for span in track.spans:
            behind = [grounds[id] for id in span.clauses if id in grounds]
            rows.append(
                (
                    date(span.from_),
                    date(span.until) if span.until < end else "",
                    f"{track.deployment} on {track.host} ({track.interface})",
                    LOOKS[span.state].words,
                    span.because.replace("`", ""),
                    ", ".join(span.clauses),
                    " / ".join(f"“{ground.quote}”" for ground in behind if ground.quote),
                    "; ".join(dict.fromkeys(g.source for g in behind if g.source)),
                )
            )
    return rows
