"""Small timelines to draw.

>>> a_week().tracks[1].spans[1].state
'held'
"""

from detente.agreements import AgreementSet, compile_agreements
from detente.agreements.timeline import Timeline, View, timeline
from detente.canonical.question import Event
from detente.canonical.world import World
from tests.agreements.scenes import AWS, AZURE, OPENAI, day, happened, loaded_files, world

SINCE, UNTIL = day("2020-01-01"), day("2027-01-01")
WORLD = world(OPENAI, AZURE, AWS, released="2023-03-14")
CONTRACT = """id = "deal"
title = "The deal"
recorded_at = 2019-07-01
from = { after = 2021-01-01, before = 2021-07-01 }
until = 2026-04-27
source = "page 1"
[[clause]]
id = "lag"
type = "hold"
leader = "kind:openai"
follower = "kind:azure"
lag_days = 7
quote = "a week later"
[[clause]]
id = "sole"
type = "exclusive"
holder = ["host:microsoft", "host:openai"]
quote = "sole cloud"
"""
SELLERS = """id = "sale"
title = "Sale & <b>more</b>"
recorded_at = 2019-07-01
[[clause]]
id = "all"
type = "grant"
"""


def a_week(*events: Event) -> Timeline:
    """Seven years, in which Azure waits a week for GPT-4 and AWS for three."""
    return drawn(WORLD, agreements(), *events)


def agreements() -> AgreementSet:
    """A contract that closes and holds, and one that only sells."""
    return loaded_files(CONTRACT, SELLERS)


def drawn(of: World, contracts: AgreementSet, *events: Event) -> Timeline:
    """The timeline of a world, as known at its end."""
    view = View(
        world=of,
        agreements=contracts,
        since=SINCE,
        until=UNTIL,
        known_at=UNTIL,
        events=events,
    )
    return timeline(view, compile_agreements(of, contracts).decide)


AGI = happened("agi", "2024-06-01")
