"""What stands behind a span, in words: the clause, its own words, where to read them.

Looks up; judges nothing.

>>> grounds_of(agreements)["contract/api"].quote
'… exclusively available on Azure'
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, time

import msgspec

from detente.agreements.agreement import AgreementSet
from detente.agreements.clause import Clause
from detente.agreements.timeline import Regime, Span, Track
from detente.canonical.model import Interface
from detente.pictures.looks import LOOKS

RULING = frozenset(("exclusive", "first_refusal", "hold", "forbid", "threshold"))
"""Types of clause that make a regime of an agreement: it takes something away from somebody."""


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """A clause as it is quoted."""

    clause: str
    type: str
    title: str
    quote: str = ""
    source: str = ""


Grounds = Mapping[str, Ground]
"""Every clause's ground, by the clause's id."""


def grounds_of(agreements: AgreementSet) -> Grounds:
    """The grounds of every clause."""
    return {clause.id: _ground(agreements, clause) for clause in agreements.clauses}


def _ground(agreements: AgreementSet, clause: Clause) -> Ground:
    agreement = agreements.agreement(clause.agreement)
    title = agreement.title if agreement is not None else None
    source = clause.source or (agreement.source if agreement is not None else None)
    return Ground(
        clause=clause.id,
        type=clause.type,
        title=title or clause.agreement,
        quote=clause.quote or "",
        source=source or "",
    )


def rules(regime: Regime, grounds: Grounds) -> bool:
    """Whether an agreement takes something away from somebody."""
    mine = f"{regime.agreement}/"
    return any(g.type in RULING for id, g in grounds.items() if id.startswith(mine))


def date(instant: datetime) -> str:
    """A day, with the time of day where it is not midnight."""
    return instant.strftime("%Y-%m-%d" if instant.time() == time() else "%Y-%m-%d %H:%M")


def names_of(tracks: Sequence[Track]) -> dict[tuple[str, Interface], str]:
    """What each track is called beneath its model, by deployment and interface.

    The provider and the host, and what else is needed to tell it from its neighbours.
    """
    places = Counter((t.model, _provider(t), t.interface) for t in tracks)
    return {
        (track.deployment, track.interface): _name(
            track, alone=places[track.model, _provider(track), track.interface] == 1
        )
        for track in tracks
    }


def _name(track: Track, *, alone: bool) -> str:
    parts = [_provider(track) if alone else track.deployment, track.host]
    if track.interface != "stateless_api":
        parts.append(track.interface.partition("_")[0])
    return " · ".join(parts)


def _provider(track: Track) -> str:
    return track.deployment.partition("/")[0]


def told(track: Track, span: Span, grounds: Grounds, end: datetime) -> dict[str, str]:
    """All that there is to say of a span, heading by heading; what is empty is left out.

    A span that reaches the `end` of the picture has no end of its own.
    """
    found = [grounds[id] for id in span.clauses if id in grounds]
    lines = {
        "where": f"{track.deployment} ({track.interface}) on {track.host}",
        "state": LOOKS[span.state].words,
        "from": date(span.from_),
        "until": date(span.until) if span.until < end else "",
        "because": span.because.replace("`", ""),
        "clause": "; ".join(f"{ground.clause} ({ground.type})" for ground in found),
        "agreement": "; ".join(dict.fromkeys(ground.title for ground in found)),
        "quote": " / ".join(f"“{ground.quote}”" for ground in found if ground.quote),
        "source": "; ".join(dict.fromkeys(ground.source for ground in found if ground.source)),
    }
    return {heading: text for heading, text in lines.items() if text}


def started(regime: Regime) -> str:
    """When an agreement began, as a day or as a range; empty where no date says."""
    return _between(regime.from_, regime.from_latest)


def ended(regime: Regime) -> str:
    """When an agreement ended, as a day or as a range; empty where no date says."""
    return _between(regime.until_earliest, regime.until)


def _between(first: datetime | None, last: datetime | None) -> str:
    if first is None or last is None or first == last:
        instant = first or last
        return date(instant) if instant is not None else ""
    return f"{date(first)}…{date(last)}"
