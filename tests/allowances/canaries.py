"""Secrets that must be found nowhere, and the search for them in every form that a leak may take.

>>> found_in([("a log", b"key dt-secret-of-a-test")], {"key": b"dt-secret-of-a-test"})
['key (raw) in a log']
"""

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

SHOWN = 8
"""Of a key so many characters may be shown for good."""
END = 3
"""Of a key that is sent cut short, so many characters at the end are looked for elsewhere."""

EMPTY = bytes(4096)
"""Journals and databases have room that nobody has written to."""

Secrets = Mapping[str, bytes]
Places = Iterable[tuple[str, bytes]]


def core_of(key: str) -> bytes:
    """What of a key may stand nowhere, also where it is sent without its end."""
    return key[SHOWN:-END].encode()


def forms(secret: bytes) -> dict[str, bytes]:
    """How a secret may look where it was written down by mistake."""
    text = secret.decode("latin-1")
    found = {
        "raw": secret,
        "hex": secret.hex().encode(),
        "HEX": secret.hex().upper().encode(),
        "url": quote(secret, safe="").encode(),
        "url, all": "".join(f"%{byte:02X}" for byte in secret).encode(),
        "json": json.dumps(text)[1:-1].encode(),
        "repr": repr(secret)[2:-1].encode(),
    }
    for shift in range(3):
        # Whatever stands before it, and whatever comes after it in the same group of three.
        first = -(-shift * 8 // 6)
        for name, encode in (("base64", b64encode), ("base64url", urlsafe_b64encode)):
            found[f"{name} at {shift}"] = encode(bytes(shift) + secret)[first:].rstrip(b"=")[:-1]
    return found


def found_in(places: Places, secrets: Secrets) -> list[str]:
    """Where which secret was found, and in which form."""
    looked_for = [
        (name, form, needle)
        for name, secret in secrets.items()
        for form, needle in forms(secret).items()
    ]
    return [
        f"{name} ({form}) in {place}"
        for place, content in places
        for name, form, needle in looked_for
        if needle in content
    ]


def files_below(folder: Path, *, but: Iterable[str] = ()) -> Iterator[tuple[str, bytes]]:
    """Every file of a folder with its content; not those of these names, where secrets belong."""
    left_out = set(but)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in left_out:
            yield str(path.relative_to(folder)), path.read_bytes().replace(EMPTY, b"")


def command_lines(pids: Iterable[int]) -> Iterator[tuple[str, bytes]]:
    """How these processes were called, which every user of a machine may read."""
    for pid in pids:
        path = Path(f"/proc/{pid}/cmdline")
        if path.exists():
            yield f"the command line of {pid}", path.read_bytes()
