"""Running a command line in this process, whichever way it ends."""

from collections.abc import Sequence

from detente.cli import DONE, run


def ended(arguments: Sequence[str]) -> int:
    """The exit status that a shell would see."""
    try:
        return run(arguments)
    except SystemExit as end:
        return DONE if end.code is None else int(end.code)
