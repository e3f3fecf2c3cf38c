"""`detente timeline`: who could carry which model when, as a chart, a picture or a page.

Asks the agreements at every date that matters and draws the answers; sends nothing, and asks
nothing that `detente route` could not be asked.

    detente timeline examples/openai-microsoft --model gpt-4 --html timeline.html
"""

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Final

import msgspec
from cyclopts import Parameter

from detente.agreements import compile_agreements
from detente.agreements.questions import model_named
from detente.agreements.timeline import Timeline, View, edges, timeline, within
from detente.canonical.failure import ClientFault
from detente.canonical.model import Interface
from detente.canonical.question import labels_of
from detente.cli.facts import event_of, labels_from, moment_of, one_of, write_output
from detente.cli.progress import working
from detente.pictures.characters import chart
from detente.pictures.drawing import png, svg
from detente.pictures.grounds import Grounds, date, grounds_of
from detente.pictures.looks import LIGHT
from detente.pictures.page import page
from detente.pictures.ranges import around, turns
from detente.pictures.specification import Heading, specification
from detente.terminal import console
from detente.wiring import CONFIGURATION_NAME, Setup, load

Several = Parameter(negative="", consume_multiple=False)
TRACKS_MAX: Final = 80
"""Rows of one picture: more could be drawn and not be read."""
TITLE: Final = "Who could carry which model when"


def show(
    config: Path = Path(CONFIGURATION_NAME),
    /,
    *,
    model: Annotated[tuple[str, ...], Several] = (),
    provider: Annotated[tuple[str, ...], Several] = (),
    since: str | None = None,
    until: str | None = None,
    as_known_at: str | None = None,
    interface: Interface | None = None,
    project: str | None = None,
    label: Annotated[tuple[str, ...], Several] = (),
    event: Annotated[tuple[str, ...], Several] = (),
    title: str = TITLE,
    svg_file: Annotated[Path | None, Parameter(name="--svg")] = None,
    html_file: Annotated[Path | None, Parameter(name="--html")] = None,
    png_file: Annotated[Path | None, Parameter(name="--png")] = None,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:
    """Draw who could carry which model when.

    A chart in the terminal; or files, which need the extra `pictures`.

    Parameters
    ----------
    config
        The configuration: a file, or a folder with `detente.toml`.
    model
        Only models that match, a name, an alias or a pattern (`openai/gpt-5*`); may be given
        several times.
    provider
        Only deployments at this configured provider; may be given several times.
    since
        Where the picture begins; before the first change if left out.
    until
        Where it ends; after the last change if left out.
    as_known_at
        Draw what was recorded by this date; now if left out. What lies later than it is drawn
        as it would have been known on its own day.
    interface
        Only this use of a model.
    project
        Ask as this project, with the labels that its keys carry.
    label
        A label of the caller's key, `name=value`; may be given several times.
    event
        Suppose that an event happened, `name=date`; may be given several times.
    title
        What stands above the picture.
    svg_file
        Write the picture as SVG.
    html_file
        Write one page with the picture, the words behind each span and a table.
    png_file
        Write the picture as PNG.
    as_json
        Print one JSON object with everything that is drawn.
    """
    setup = load(config)
    now = datetime.now(UTC)
    view = View(
        world=setup.world,
        agreements=setup.agreements,
        since=now,
        until=now,
        known_at=moment_of(as_known_at, "--as-known-at") if as_known_at else now,
        models=_models(setup, model),
        providers=_providers(setup, provider),
        interface=interface,
        project=_project(setup, project),
        labels=_labels(setup, project, label),
        events=(*setup.events, *(event_of(text) for text in event)),
        offers=setup.offers,
    )
    found = _found(view, now, since, until, drawn=not as_json)
    grounds = grounds_of(setup.agreements)
    files = Files(svg=svg_file, html=html_file, png=png_file)
    if files.any():
        with working("drawing"):
            _draw(found, grounds, _heading(view, found, title), files)
    if as_json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    elif not files.any():
        screen = console()
        text = chart(found, grounds, width=screen.width)
        screen.print(text, soft_wrap=True)


class Files(msgspec.Struct, frozen=True, kw_only=True):
    """The files that are asked for."""

    svg: Path | None
    html: Path | None
    png: Path | None

    def any(self) -> bool:
        """Whether there is one at all."""
        return (self.svg, self.html, self.png) != (None, None, None)


def _draw(found: Timeline, grounds: Grounds, heading: Heading, files: Files) -> None:
    drawn = svg(specification(found, grounds, LIGHT, heading), heading.title)
    if files.svg is not None:
        write_output(files.svg, drawn.encode())
    if files.html is not None:
        write_output(files.html, page(found, grounds, heading, drawn).encode())
    if files.png is not None:
        write_output(files.png, png(drawn))


def _found(
    view: View, now: datetime, since: str | None, until: str | None, *, drawn: bool
) -> Timeline:
    """The timeline in the window that is asked for, or in one that shows all that changes."""
    chosen = [m for m in view.world.models if not view.models or m.name in view.models]
    if drawn:
        _limit(view, [m.name for m in chosen])
    decide = compile_agreements(view.world, view.agreements).decide
    events = [event.occurred_at for event in view.events]
    releases = [model.released for model in chosen if model.released is not None]
    widest = around([*edges(view.agreements.clauses), *events, *releases], now)
    first = moment_of(since, "--since") if since else None
    last = moment_of(until, "--until") if until else None
    view = msgspec.structs.replace(view, since=first or widest.since, until=last or widest.until)
    found = timeline(_ordered(view), decide)
    if first is not None and last is not None:
        return found
    fitting = around(turns(found), now)
    since_, until_ = first or max(fitting.since, view.since), last or min(fitting.until, view.until)
    return within(found, since_, until_) if since_ < until_ else found


def _ordered(view: View) -> View:
    if view.since >= view.until:
        message = f"nothing lies between {date(view.since)} and {date(view.until)}"
        raise ClientFault("request_invalid", f"{message}; choose `--since` before `--until`")
    return view


def _limit(view: View, models: Iterable[str]) -> None:
    rows = sum(
        1
        for model in models
        for deployment in view.world.deployments_of(model)
        if not view.providers or deployment.provider in view.providers
    )
    if rows > TRACKS_MAX:
        raise ClientFault(
            "request_invalid",
            f"{rows} deployments are more than a picture shows ({TRACKS_MAX}); "
            "choose some with `--model 'publisher/*'` or `--provider`, or print all with `--json`",
        )
    if rows == 0:
        message = "nothing is left to draw; choose other models or providers, see `detente models`"
        raise ClientFault("request_invalid", message)


def _models(setup: Setup, patterns: tuple[str, ...]) -> tuple[str, ...]:
    found: list[str] = []
    for pattern in patterns:
        known = model_named(setup.world, pattern)
        names = [model.name for model in setup.world.models if fnmatchcase(model.name, pattern)]
        if known is not None:
            names = [known.name]
        if not names:
            one_of(pattern, [n for m in setup.world.models for n in (m.name, *m.aliases)], "model")
        found += names
    return tuple(dict.fromkeys(found))


def _providers(setup: Setup, names: tuple[str, ...]) -> tuple[str, ...]:
    known = list(setup.configuration.providers)
    return tuple(one_of(name, known, "provider") for name in names)


def _project(setup: Setup, project: str | None) -> str | None:
    if project is None:
        return None
    keys = setup.configuration.keys.values()
    known = sorted({*setup.configuration.projects, *(key.project for key in keys)})
    return one_of(project, known, "project")


def _labels(
    setup: Setup, project: str | None, given: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    of_project = dict(setup.labels_of_project(project)) if project is not None else {}
    return labels_of({**of_project, **labels_from(given)})


def _heading(view: View, found: Timeline, title: str) -> Heading:
    """The title, and under what conditions the picture holds."""
    parts = [
        f"{date(found.since)[:10]} to {date(found.until)[:10]}",
        f"as known at {date(view.known_at)[:10]}",
    ]
    if view.project is not None:
        parts.append(f"project {view.project}")
    parts += [f"{name} = {value}" for name, value in view.labels]
    if not view.labels:
        parts.append("a caller without labels")
    return Heading(title=title, subtitle=" · ".join(parts))
