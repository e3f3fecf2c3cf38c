"""`detente report`: what agreements and the ledger say together, for people and other programs.

One file a report; each is imported when it is called. Every report prints a table, JSON
(`--json`) or CSV (`--csv`), and changes nothing.

    detente report commitments
    detente report revenue-share --csv > owed.csv
"""

from cyclopts import App

app = App(
    name="report",
    help="Report on commitments, revenue shares, covenants, terms, concentration, guardrails.",
)
app.command(
    "detente.cli.report.commitments:commitments",
    name="commitments",
    help="Show what was taken of each commitment, and what will be missing.",
)
app.command(
    "detente.cli.report.revenue_share:revenue_share",
    name="revenue-share",
    help="Show what one party owes another of revenue.",
)
app.command(
    "detente.cli.report.covenants:covenants",
    name="covenants",
    help="List the promises that hold on a day.",
)
app.command(
    "detente.cli.report.terms:terms",
    name="terms",
    help="Count the days until notice has to be given.",
)
app.command(
    "detente.cli.report.concentration:concentration",
    name="concentration",
    help="Show how much hangs on few, by publisher, provider and host.",
)
app.command(
    "detente.cli.report.guardrails:guardrails",
    name="guardrails",
    help="Show what policies on content and platforms' filters found, and what was done.",
)
