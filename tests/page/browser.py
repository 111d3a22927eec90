# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Headless Chromium over its DevTools protocol.

A pair of pipes needs no download and no port.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_LONGEST_ANSWER = 120.0
_OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--no-first-run",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
# Chromium wants its pipes as 3 and 4.
_WITH_PIPES = """
import fcntl, os, sys
for number, pipe in enumerate([fcntl.fcntl(int(given), fcntl.F_DUPFD, 10) for given in sys.argv[1:3]], start=3):
    os.dup2(pipe, number)
os.execv(sys.argv[3], sys.argv[3:])
"""


class BrowserFailed(Exception):
    """Chromium ended, did not answer, or refused a command."""


class Browser:
    """A Chromium that runs."""

    def __init__(self, process: subprocess.Popen[bytes], *, to: int, back: int) -> None:
        self._process = process
        self._to = to
        self._back = back
        self._buffer = b""
        self._number = 0
        self._events: list[dict[str, Any]] = []

    def send(self, method: str, *, session: str | None = None, **details: Any) -> dict[str, Any]:
        """Send a command, and return its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": details}
        if session:
            message["sessionId"] = session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + _LONGEST_ANSWER
        while True:
            answer = self._read(deadline)
            if answer.get("id") == self._number:
                break
            self._events.append(answer)
        if "error" in answer:
            raise BrowserFailed(f"{method}: {answer['error']['message']}")
        return dict(answer["result"])

    def events(self, method: str, *, session: str) -> list[dict[str, Any]]:
        """Return the events of a tab so far."""
        return [one["params"] for one in self._events if (one["method"], one.get("sessionId")) == (method, session)]

    def wait_for(self, method: str, *, session: str, count: int = 1) -> None:
        """Wait until a tab has sent a number of events."""
        deadline = time.monotonic() + _LONGEST_ANSWER
        while len(self.events(method, session=session)) < count:
            self._events.append(self._read(deadline))

    def _read(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _writable, _failed = select.select([self._back], [], [], max(0.0, deadline - time.monotonic()))
            data = os.read(self._back, 1 << 20) if ready else b""
            if not data:
                raise BrowserFailed("Chromium ended" if ready else "Chromium does not answer")
            self._buffer += data
        message, _end, self._buffer = self._buffer.partition(b"\0")
        return dict(json.loads(message))


class Tab:
    """A page in a tab with its own profile.

    Nothing is remembered from one tab to the next.
    """

    def __init__(
        self,
        browser: Browser,
        page: Path | str,
        *,
        width: int = 1400,
        dark: bool = False,
        language: str = "en-US",
        zone: str = "UTC",
        script: bool = True,
    ) -> None:
        self._browser = browser
        context = browser.send("Target.createBrowserContext")["browserContextId"]
        target = browser.send("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        self._target = target
        self._session = browser.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")
        agent = browser.send("Browser.getVersion")["userAgent"]
        self.send("Emulation.setUserAgentOverride", userAgent=agent, acceptLanguage=language)
        self.send("Emulation.setLocaleOverride", locale=language.replace("-", "_"))
        self.send("Emulation.setTimezoneOverride", timezoneId=zone)
        self.send("Emulation.setScriptExecutionDisabled", value=not script)
        self.media(dark=dark)
        self.resize(width)
        self._loads = 0
        self.open(page)

    def send(self, method: str, **details: Any) -> dict[str, Any]:
        """Send a command to the tab."""
        return self._browser.send(method, session=self._session, **details)

    def open(self, page: Path | str) -> None:
        """Open a file or an address."""
        self.send("Page.navigate", url=page if isinstance(page, str) else page.resolve().as_uri())
        self._wait_for_load()

    def reload(self) -> None:
        """Load the page again."""
        self.send("Page.reload")
        self._wait_for_load()

    def close(self) -> None:
        """Close the tab."""
        self._browser.send("Target.closeTarget", targetId=self._target)

    def _wait_for_load(self) -> None:
        self._loads += 1
        self._browser.wait_for("Page.loadEventFired", session=self._session, count=self._loads)

    def media(self, *, dark: bool = False, kind: str = "") -> None:
        """Choose the preferred colours and the medium.

        The medium is the screen, or paper (``print``).
        """
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", media=kind, features=[scheme])

    def resize(self, width: int, *, height: int = 900) -> None:
        """Give the window another size."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def run(self, script: str) -> Any:
        """Return what an expression of the page's has as its value."""
        result = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise BrowserFailed(str(result["exceptionDetails"]))
        return result["result"].get("value")

    def press(self, key: str, *, code: int, text: str = "") -> None:
        """Press a key, and let it go."""
        down = {"type": "keyDown", "key": key, "windowsVirtualKeyCode": code, "text": text}
        self.send("Input.dispatchKeyEvent", **{name: value for name, value in down.items() if value})
        self.send("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def write(self, text: str) -> None:
        """Type a text where the focus is."""
        self.send("Input.insertText", text=text)

    def errors(self) -> list[str]:
        """Return messages of the console and exceptions of the script."""
        events = self._browser.events("Runtime.exceptionThrown", session=self._session)
        events += self._browser.events("Runtime.consoleAPICalled", session=self._session)
        events += self._browser.events("Log.entryAdded", session=self._session)
        return [json.dumps(one) for one in events]

    def requests(self) -> list[str]:
        """Return the addresses that the page asked for."""
        sent = self._browser.events("Network.requestWillBeSent", session=self._session)
        return [str(one["request"]["url"]) for one in sent]

    def screenshot(self, *, whole: bool = False) -> bytes:
        """Return a picture of the window, or of the whole page."""
        taken = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        return base64.b64decode(taken["data"])

    def pdf(self) -> bytes:
        """Return the page as it is printed."""
        printed = self.send("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        return base64.b64decode(printed["data"])


@contextlib.contextmanager
def browser(program: str, profile: Path) -> Iterator[Browser]:
    """Run Chromium for a block, with its profile in a folder."""
    their_in, to = os.pipe()
    back, their_out = os.pipe()
    launcher = [sys.executable, "-c", _WITH_PIPES, str(their_in), str(their_out)]
    process = subprocess.Popen(
        [*launcher, program, *_OPTIONS, f"--user-data-dir={profile}", "about:blank"],
        pass_fds=(their_in, their_out),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(their_in)
    os.close(their_out)
    running = Browser(process, to=to, back=back)
    try:
        yield running
        running.send("Browser.close")
    finally:
        os.close(to)
        os.close(back)
        try:
            process.wait(_LONGEST_ANSWER)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
