"""The files of a drill's evidence: `2026-11-22T041530Z-host-microsoft.json` and `.html`.

Written whole or not at all, so that `detente check` never reads half of one.

>>> written(evidence, [Path("state/drills")], page=None)
[Path('state/drills/2026-11-22T041530Z-host-microsoft.json'), ...]
"""

import os
import re
from pathlib import Path

import msgspec

from detente.canonical.failure import ClientFault
from detente.replay.evidence import Evidence
from detente.replay.exit_plan import page as page_of


def written(evidence: Evidence, folders: list[Path], *, page: Path | None) -> list[Path]:
    """Write JSON and page into each of `folders`, and the page into `page`; the files' names.

    Raises `ClientFault` where one cannot be written.
    """
    data = msgspec.json.format(msgspec.json.encode(evidence), indent=2) + b"\n"
    html = page_of(evidence).encode()
    name = f"{evidence.at:%Y-%m-%dT%H%M%SZ}-{re.sub(r'[^A-Za-z0-9._-]+', '-', evidence.without)}"
    files: list[Path] = []
    for folder in folders:
        _write(folder / f"{name}.json", data)
        _write(folder / f"{name}.html", html)
        files += [folder / f"{name}.json", folder / f"{name}.html"]
    if page is not None:
        _write(page, html, cure="choose another file with `--html`")
        files.append(page)
    return files


def _write(file: Path, data: bytes, *, cure: str = "choose another folder with `--out`") -> None:
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_bytes(data)
        fresh.replace(file)
    except OSError as error:
        reason = (error.strerror or "it cannot be written").lower()
        message = f"cannot write `{file}`: {reason}; {cure}"
        raise ClientFault("request_invalid", message) from None
