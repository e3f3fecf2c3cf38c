"""`detente demo`: the agreements at work, told by real clients against a real gateway.

Starts simulated providers and the gateway, asks on the documents' dates, shows what response
headers and ledger say, and stays up for the reader's own questions.

    detente demo --once
"""

import contextlib
import importlib.util
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Annotated, Final

from cyclopts import Parameter

from detente.canonical.failure import ClientFault
from detente.demo import show, story
from detente.demo.examples import examples_folder
from detente.demo.stage import Addition, Stage, staged
from detente.demo.told import Told, tell
from detente.terminal import console

Flag = Parameter(negative="")

LOOK_INTERVAL_S: Final = 0.2
"""How long Ctrl-C may have to wait."""


def demo(
    *,
    once: Annotated[bool, Flag] = False,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
    real_model: Annotated[bool, Flag] = False,
    examples: Path | None = None,
    config: Path | None = None,
) -> None:
    """Show the agreements at work: simulated providers, real clients, six dates.

    Everything runs on this machine, on ports that are free, and leaves nothing behind. What is
    printed comes from response headers and the ledger.

    Parameters
    ----------
    once
        End after the story instead of staying up.
    as_json
        Print one JSON object a step instead of the table.
    real_model
        Also run a small real model on this machine and let it answer.
    examples
        Another folder of examples (`openai-microsoft`, `first-refusal`), say changed copies.
    config
        Another configuration in place of `openai-microsoft`: a file, or a folder with one.
    """
    for module in ("openai", "anthropic"):
        if importlib.util.find_spec(module) is None:
            raise ClientFault(
                "request_invalid",
                f"the demo asks through the official `{module}` client; install `detente[demo]`",
            )
    _end_in_order()
    folder = examples_folder(examples)
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="detente-demo-")))
        addition = _real_model(stack) if real_model else None
        alliance = config or folder / "openai-microsoft"
        stages = (
            stack.enter_context(staged(alliance, scratch, addition)),
            stack.enter_context(staged(folder / "first-refusal", scratch)),
        )
        _tell(stages, as_json=as_json, real_model=real_model)
        if not once:
            _stay(stages)


def _real_model(stack: ExitStack) -> Addition:
    from detente.demo.local_model import (  # noqa: PLC0415 - only this flag needs it
        addition,
        local_model,
    )

    return addition(stack.enter_context(local_model()))


def _end_in_order() -> None:
    """Ends as Ctrl-C does where the terminal closes, too: the gateways would outlive us."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _tell(stages: tuple[Stage, Stage], *, as_json: bool, real_model: bool) -> None:
    alliance, customer = stages
    dated = (*story.ALLIANCE, story.SELF_HOSTED) if real_model else story.ALLIANCE
    chapters = (
        ("The alliance of OpenAI and Microsoft, by the agreements of each date", alliance, dated),
        ("An ordinary customer: Azure first, others when it refuses", customer, story.CUSTOMER),
    )
    for title, stage, steps in chapters:
        if as_json:
            for told in _ask_all(stage, steps):
                sys.stdout.write(told.json().decode() + "\n")
                sys.stdout.flush()
        else:
            out = console()
            told = list(_ask_all(stage, steps))
            table = show.story_table(title, told, stage.quote_of, width=out.width)
            out.print(table)
            out.print()


def _ask_all(stage: Stage, steps: Sequence[story.Step]) -> Iterator[Told]:
    from detente.demo.ask import Clients  # noqa: PLC0415 - its clients may be absent

    with Clients(stage.base_url) as clients:
        for step in steps:
            yield tell(step, clients.ask(step), stage.ledger)


def _stay(stages: tuple[Stage, Stage]) -> None:
    alliance, customer = stages
    with contextlib.suppress(KeyboardInterrupt):
        show.print_next(show.next_lines(_program(), alliance, customer))
        # Not `signal.pause`, which would sleep on after a signal that came just before it.
        while True:
            time.sleep(LOOK_INTERVAL_S)
    console().print("Ended; nothing is left behind.")


def _program() -> str:
    """How this reader's shell can call us."""
    ours = Path(sys.executable).with_name("detente")
    found = shutil.which("detente")
    if found is not None and ours.exists() and Path(found).samefile(ours):
        return "detente"
    return os.path.relpath(ours) if ours.exists() else f"{sys.executable} -m detente"
