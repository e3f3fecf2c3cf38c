"""`detente completion`: the shell's completion script on standard output.

Installs nothing and edits no start-up file: where it goes is the user's decision.

    detente completion bash > ~/.local/share/bash-completion/completions/detente
"""

import sys
from typing import Literal

from detente.cli import build_app


def completion(shell: Literal["bash", "zsh", "fish"], /) -> None:
    """Print the completion script of a shell.

    Parameters
    ----------
    shell
        The shell that is to complete `detente`.
    """
    script = build_app().generate_completion(shell=shell)
    sys.stdout.write(script if script.endswith("\n") else script + "\n")
