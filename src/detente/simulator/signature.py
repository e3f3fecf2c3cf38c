"""Signatures of what a simulated model thought, that anyone can check without remembering it.

A signature is an HMAC of its platform's name and of the thought, so that another platform's, and
one that moved to another thought, are found out. Not a secret worth keeping: it is simulated.

>>> verified("anthropic", "hm", sign("anthropic", "hm")), verified("gemini", "hm", "c2t5")
(True, False)
"""

import base64
import hashlib
import hmac
import json
from typing import Final

SECRET: Final = b"the simulated platforms' own secret"


def sign(platform: str, thought: str) -> str:
    """The signature of `thought` by `platform`, as standard base64."""
    digest = hmac.digest(SECRET, f"{platform}\0{thought}".encode(), hashlib.sha256)
    return base64.b64encode(digest).decode()


def verified(platform: str, thought: str, signature: str) -> bool:
    """Whether `platform` signed `thought` so; both alphabets of base64 are read."""
    standard = signature.replace("-", "+").replace("_", "/").rstrip("=")
    return hmac.compare_digest(
        sign(platform, thought).rstrip("="), standard.encode("ascii", "replace").decode()
    )


def call_thought(name: str, arguments: object) -> str:
    """What is signed for a call: its name and arguments, however they were spelled."""
    return f"{name}({json.dumps(arguments, sort_keys=True, separators=(',', ':'))})"


def seal(platform: str, thought: str) -> str:
    """`thought` itself with its signature: state that only `platform` opens again."""
    return f"{base64.urlsafe_b64encode(thought.encode()).decode()}.{sign(platform, thought)}"


def opened(platform: str, sealed: str) -> str | None:
    """The thought in a seal of `platform`; None where it is none."""
    body, _, signature = sealed.partition(".")
    try:
        thought = base64.urlsafe_b64decode(body.encode("ascii")).decode("utf-8")
    except ValueError:
        return None
    return thought if verified(platform, thought, signature) else None
