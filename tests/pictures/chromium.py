"""A real browser in tests, spoken to over a pipe: no port, no driver, no network.

Its protocol: chromedevtools.github.io/devtools-protocol (read 2026-11-22).

>>> with opened(Path("page.html")) as browser:
...     browser.value("document.title")
'When'
"""

import itertools
import os
import select
import shutil
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec

CHROMIUM = shutil.which("chromium")
WAIT_S = 60.0
Message = dict[str, Any]


class Browser:
    """One page of a headless browser; `requested` is everything that it asked for."""

    def __init__(self, into: IO[bytes], out: IO[bytes]) -> None:
        self.requested: list[str] = []
        self._into, self._out = into, out
        self._ids = itertools.count(1)
        self._rest = b""
        self._loaded = False
        self._session: str | None = None

    def open(self, address: str) -> None:
        """Loads a page, and waits until it is there."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        self.call("Network.enable")
        self.call("Page.enable")
        self.call("Page.navigate", url=address)
        deadline = time.monotonic() + WAIT_S
        while not self._loaded:
            self._heard(self._message(deadline))

    def value(self, expression: str) -> Any:
        """What an expression is worth in the page; promises are waited for."""
        found = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def until(self, expression: str) -> Any:
        """The first true value of an expression, asked again and again for a bounded time."""
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            if found := self.value(f"new Promise(r => setTimeout(() => r({expression}), 50))"):
                return found
        raise AssertionError(f"never true in {WAIT_S} s: {expression}")

    def hover(self, x: float, y: float) -> None:
        """Moves the mouse to a point of the window."""
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def call(self, method: str, **parameters: object) -> Message:
        """One command, and its answer."""
        id = next(self._ids)
        message: Message = {"id": id, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        self._into.write(msgspec.json.encode(message) + b"\0")
        self._into.flush()
        deadline = time.monotonic() + WAIT_S
        while True:
            found = self._message(deadline)
            if found.get("id") == id:
                assert "error" not in found, found
                return found["result"]
            self._heard(found)

    def _heard(self, event: Message) -> None:
        if event.get("method") == "Network.requestWillBeSent":
            self.requested.append(event["params"]["request"]["url"])
        if event.get("method") == "Page.loadEventFired":
            self._loaded = True

    def _message(self, deadline: float) -> Message:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._out], [], [], max(deadline - time.monotonic(), 0))
            assert ready, f"the browser said nothing for {WAIT_S} s"
            chunk = os.read(self._out.fileno(), 1 << 20)
            assert chunk, "the browser has ended"
            self._rest += chunk
        message, _, self._rest = self._rest.partition(b"\0")
        return msgspec.json.decode(message)


@contextmanager
def opened(file: Path, folder: Path, *, dark: bool = False) -> Generator[Browser]:
    """A browser that shows a file, with a profile in `folder`, ended afterwards."""
    assert CHROMIUM is not None
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--window-size=1500,1400"]
    options += ["--remote-debugging-pipe", f"--user-data-dir={folder}"]
    options += ["--blink-settings=preferredColorScheme=0"] if dark else []
    # The browser reads commands from descriptor 3 and answers on 4.
    line = 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null 2>/dev/null'
    process = subprocess.Popen(
        ["/bin/sh", "-c", line, "sh", CHROMIUM, *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        browser = Browser(process.stdin, process.stdout)
        browser.open(file.as_uri())
        yield browser
    finally:
        process.kill()
        process.wait(WAIT_S)
        process.stdin.close()
        process.stdout.close()
