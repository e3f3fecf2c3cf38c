"""The program: `detente ARGUMENTS`, also `python -m detente`.

Answers `--version` itself, before anything is imported that costs more than the
interpreter's own start; everything else is `detente.cli`'s.

>>> detente --version
0.1.0
"""

import sys

from detente import __version__

VERSION_FLAGS = ("--version", "-V")


def main() -> None:
    """Runs the command line of this process and ends it with the command's exit status."""
    arguments = sys.argv[1:]
    if len(arguments) == 1 and arguments[0] in VERSION_FLAGS:
        sys.stdout.write(f"{__version__}\n")
        return
    from detente.cli import run  # noqa: PLC0415 - the version above must not pay for it

    sys.exit(run(arguments))


if __name__ == "__main__":
    main()
