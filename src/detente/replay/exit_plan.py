"""The evidence of a drill as one page to print and file: what an exit plan's test showed.

The kind of record that Regulation (EU) 2022/2554 (DORA) asks for in Art. 28(8), exit plans that
are documented and sufficiently tested, and whose facts the register of Implementing Regulation
(EU) 2024/2956 has columns for (B_05.02 supply chain, B_07.01 assessment of substitutability). No
claim of conformity: a page of facts. One file, no script, nothing loaded from elsewhere.

>>> page(evidence).startswith("<!doctype html>")
True
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape

from detente.replay.concentration import AxisShares
from detente.replay.evidence import Cause, Evidence, Notice
from detente.replay.wording import cost_sentence, latency_sentence, seconds, sentence

STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.5 Georgia, "Times New Roman", serif; color: #1b1b1b; background: #fff;
  max-width: 60rem; margin: 2.5rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.7rem; margin: 0 0 .2rem; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .5rem;
  border-bottom: 1px solid #bbb; padding-bottom: .15rem; }
p.lead { font-size: 1.15rem; margin: .8rem 0 1.2rem; } p.small, td.small { font-size: .85rem;
  color: #555; }
table { border-collapse: collapse; width: 100%; font-size: .88rem; }
th { text-align: left; font-weight: 600; border-bottom: 1px solid #888; padding: .25rem .6rem
  .25rem 0; vertical-align: bottom; }
td { padding: .3rem .6rem .3rem 0; border-bottom: 1px solid #e4e4e4; vertical-align: top;
  overflow-wrap: break-word; }
table.facts th { width: 14rem; border-bottom: 1px solid #e4e4e4; vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
code, .mono { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .85em;
  overflow-wrap: anywhere; }
blockquote { margin: .2rem 0; padding-left: .7rem; border-left: 3px solid #c9c9c9;
  font-style: italic; }
.bar { display: inline-block; height: .7em; background: #35618e; vertical-align: baseline; }
.good { color: #1d6b34; } .bad { color: #a3241d; }
@media print { body { margin: 0; max-width: none; font-size: 11px; } h2 { break-after: avoid; }
  tr, blockquote { break-inside: avoid; } }
"""
"""Plain, so that it prints; fonts that machines have."""
MODES = {
    "live": "live: the gateway sent nothing there, real requests had to go elsewhere",
    "recorded": "on recorded traffic: every request decided anew, nothing sent",
}


def page(e: Evidence) -> str:
    """The whole page."""
    parts = [
        _head(e),
        _functions(e),
        _alternatives(e),
        _causes(e),
        _deltas(e),
        _concentration(e),
        _notices(e.notices),
        _record(e),
    ]
    title = f"Exit drill without {e.without}, {e.at:%Y-%m-%d}"
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}'
        f"</title><style>{STYLE}</style></head><body>\n" + "\n".join(parts) + "\n</body></html>\n"
    )


def _head(e: Evidence) -> str:
    facts = [
        ("Cut out", _code(e.without)),
        ("How", escape(MODES[e.mode])),
        ("Traffic", f"{_moment(e.since)} to {_moment(e.until)}, {e.total:,} requests in all"),
        ("Deployments that were gone", ", ".join(map(_code, e.cut)) or "none"),
        ("Time to switch", escape(_switch(e))),
    ]
    if e.unfinished:
        facts.append(("Neither moved nor failed", f"{e.unfinished:,} (hung up, or under way)"))
    rows = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in facts)
    style = "bad" if e.failed else "good"
    return (
        f"<h1>Exit drill without {_code(e.without)}</h1>"
        f'<p class="small">{_moment(e.at)}, run by {escape(e.by)}</p>'
        f'<p class="lead {style}">{_prose(_begun(sentence(e)))}.</p>'
        f'<table class="facts">{rows}</table>'
    )


def _switch(e: Evidence) -> str:
    if e.exit_takes_s is not None:
        return f"{seconds(e.exit_takes_s)}, from the order until everything went elsewhere"
    if e.mode == "recorded":
        return "not measured: on recorded traffic nothing has to switch"
    return "not shown: " + ("something was never served elsewhere" if e.failed else "nothing moved")


def _functions(e: Evidence) -> str:
    rows = [
        (
            escape(use.project or "no project"),
            _code(use.model),
            f"{use.requests:,}",
            f"{use.moved:,}",
            f"{use.failed:,}",
            ", ".join(map(_code, use.alternatives)) or "none",
        )
        for use in e.functions
    ]
    heads = ("Project", "Model", "#Requests", "#Served elsewhere", "#Failed", "Tested alternatives")
    return "<h2>What depends on it</h2>" + _table(heads, rows, "Nothing did.")


def _alternatives(e: Evidence) -> str:
    rows = [
        (
            _code(move.model),
            _code(move.before),
            _code(move.after),
            f"{move.requests:,}",
            f"{move.cost_before_usd:,.6f}",
            f"{move.cost_after_usd:,.6f}",
            _ms(move.first_byte_before_ms),
            _ms(move.first_byte_after_ms),
        )
        for move in e.moves
    ]
    heads = (
        *("Model", "From", "To", "#Requests", "#Cost there, $", "#Cost elsewhere, $"),
        *("#First byte there, ms", "#First byte elsewhere, ms"),
    )
    return "<h2>What served instead</h2>" + _table(heads, rows, "Nothing was served elsewhere.")


def _causes(e: Evidence) -> str:
    rows = [
        (
            f"{cause.requests:,}",
            escape(", ".join(cause.projects) or "no project"),
            f"{_prose(cause.text)}{_quotes(cause)}",
            _prose(cause.change or "nothing is known that would"),
        )
        for cause in e.causes
    ]
    heads = ("#Requests", "Projects", "Why", "What would help")
    return "<h2>What failed, and why</h2>" + _table(heads, rows, "Nothing failed.")


def _quotes(cause: Cause) -> str:
    """The words of each clause to blame, and each other deployment's reasons."""
    quotes = {o.clause: o.quote for o in cause.obstacles if o.clause and o.quote}
    words = "".join(
        f"<blockquote>“{escape(quote)}” ({_code(clause)})</blockquote>"
        for clause, quote in quotes.items()
    )
    reasons = "".join(
        f"<li>{_code(o.deployment)}: {_prose(o.text)}</li>" for o in cause.obstacles if o.deployment
    )
    return f"{words}<ul>{reasons}</ul>" if reasons else words


def _deltas(e: Evidence) -> str:
    cost = cost_sentence(e) or "no cost is known on both sides"
    took = latency_sentence(e) or "not known on both sides"
    latency = (
        "from an attempt's start to its first byte: as measured in the drill where it went, the"
        " median of recent requests where it used to go"
        if e.mode == "live"
        else "the mean of the recorded requests of each deployment, unknown where it was never used"
    )
    rows = [
        ("Cost", escape(cost), "each request's own use at the price rows of its time"),
        ("Latency", escape(took), escape(latency)),
        (
            "Quality",
            "not measured",
            "every request stayed with the model that it asked for; answers are not kept, so they"
            " were not compared",
        ),
    ]
    return "<h2>What it changes</h2>" + _table(("What", "Found", "How it was measured"), rows, "")


def _concentration(e: Evidence) -> str:
    parts = ["<h2>Concentration before</h2>"]
    parts += [_axis(axis) for axis in e.concentration.axes]
    for host, providers in e.concentration.shared_hosts.items():
        names = ", ".join(map(_code, providers))
        parts.append(f"<p>{names} stand on one host, {_code(host)}: an outage takes them all.</p>")
    parts.append(
        '<p class="small">The Herfindahl index is the sum of squared shares, from 0 to 1. Above'
        " 0.18 is usually called high, from 0.10 moderate (1,800 and 1,000 points in the"
        " U.S. Merger Guidelines of 2023, which speak of markets).</p>"
    )
    return "".join(parts)


def _axis(axis: AxisShares) -> str:
    rows = [
        (
            _code(share.name),
            f"{share.requests:,}",
            _share(share.share.requests),
            _share(share.share.tokens),
            _share(share.share.cost),
        )
        for share in axis.shares
    ]
    index = axis.index
    numbers = ", ".join(
        f"{what} {value:.2f}"
        for what, value in (
            ("requests", index.requests),
            ("tokens", index.tokens),
            ("cost", index.cost),
        )
        if value is not None
    )
    reading = f" ({axis.reading})" if axis.reading else ""
    heads = (f"By {axis.axis}", "#Requests", "Of requests", "Of tokens", "Of cost")
    return _table(heads, rows, "Nothing was served.") + f"<p>Index: {numbers}{reading}</p>"


def _notices(notices: Iterable[Notice]) -> str:
    rows = [
        (
            _code(notice.clause),
            escape(", ".join(notice.parties)),
            "" if notice.notice_days is None else f"{notice.notice_days:,}",
            "" if notice.cure_days is None else f"{notice.cure_days:,}",
            escape(notice.renews or ""),
            f"<blockquote>“{escape(notice.quote)}”</blockquote>" if notice.quote else "",
        )
        for notice in notices
    ]
    heads = ("Clause", "Parties", "#Notice, days", "#Cure, days", "Renews", "Words")
    return "<h2>Notice periods</h2>" + _table(heads, rows, "No agreement here has a `term` clause.")


def _record(e: Evidence) -> str:
    rows = [
        (_code(each.agreement), escape(each.title or ""), _code(each.fingerprint))
        for each in e.agreements
    ]
    range_ = e.ledger
    proof = (
        "no ledger was read"
        if range_ is None
        else f"blocks {range_.first_block:,} to {range_.last_block:,}, SHA-256 of their records "
        f"{_code(range_.sha256)}"
    )
    heads = ("Agreement", "Title", "SHA-256 of its canonical JSON")
    return (
        "<h2>What this rests on</h2>"
        + _table(heads, rows, "No agreements were configured.")
        + f"<p>Ledger: {proof}.</p>"
        f'<p class="small">Made by Detente {escape(e.version)}, without a claim of conformity. It'
        " records a test of the kind that Regulation (EU) 2022/2554, Art. 28(8), asks exit plans to"
        " undergo; whose functions are critical or important, and what an exit needs beyond serving"
        " requests, this page cannot say.</p>"
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], empty: str) -> str:
    """A table of cells that are HTML already; heads that begin with `#` are of numbers."""
    if not rows:
        return f"<p>{_prose(empty)}</p>"
    numbers = [head.startswith("#") for head in heads]
    head = "".join(
        f'<th class="number">{escape(name[1:])}</th>' if number else f"<th>{escape(name)}</th>"
        for name, number in zip(heads, numbers, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f'<td class="number">{cell}</td>' if number else f"<td>{cell}</td>"
            for cell, number in zip(row, numbers, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _begun(text: str) -> str:
    """A sentence as it begins on a page."""
    return text[:1].upper() + text[1:]


def _share(part: float | None) -> str:
    if part is None:
        return "unknown"
    return f'<span class="bar" style="width:{part * 6:.2f}rem"></span> {part:.1%}'


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _prose(text: str) -> str:
    """A sentence with identifiers in backticks."""
    pieces = text.split("`")
    return "".join(
        _code(piece) if place % 2 and place < len(pieces) - 1 else escape(piece)
        for place, piece in enumerate(pieces)
    )


def _ms(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,.1f}"


def _moment(at: datetime | None) -> str:
    return "the beginning" if at is None else f"{at:%Y-%m-%d %H:%M:%S} UTC"
