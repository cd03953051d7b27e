"""A Chromium that tests can look at pages with, over two pipes: no driver, no socket, no download.

Decides: flags that keep the browser off the network, and a limit in time for every answer. Refuses: to sleep; it waits
for events. Source: the DevTools protocol with ``--remote-debugging-pipe`` (messages end in a zero byte).
Known failures: POSIX only.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TIMEOUT_S = 60.0
"""For one answer or event, seconds; a page of 30,000 tracks takes two on a slow machine."""

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-extensions",
    "--disable-dev-shm-usage", "--remote-debugging-pipe", "--window-size=1440,900", "--force-color-profile=srgb",
)  # fmt: skip


class PageError(AssertionError):
    """A script of the page or of the test failed inside the browser."""


class Browser:
    """One running Chromium. ``open`` gives a page; events of a page are kept in ``page.events``."""

    def __init__(self, profile: Path) -> None:
        program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
        assert program is not None
        to_read, to_write = os.pipe()
        from_read, from_write = os.pipe()
        command = f'exec "$0" "$@" 3<&{to_read} 4>&{from_write}'
        arguments = ["bash", "-c", command, program, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
        self._process = subprocess.Popen(
            arguments, pass_fds=(to_read, from_write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        os.close(to_read)
        os.close(from_write)
        self._out, self._in, self._rest, self._next = to_write, from_read, b"", 0
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._in, selectors.EVENT_READ)
        self.events: list[dict[str, Any]] = []

    def close(self) -> None:
        """End the browser and its children."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(TIMEOUT_S)
        self._selector.close()
        os.close(self._out)
        os.close(self._in)

    def _receive(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._rest:
            if not self._selector.select(max(0.0, deadline - time.monotonic())):
                raise PageError("the browser did not answer in time")
            part = os.read(self._in, 1 << 20)
            if not part:
                raise PageError("the browser ended")
            self._rest += part
        message, self._rest = self._rest.split(b"\0", 1)
        parsed: dict[str, Any] = json.loads(message)
        return parsed

    def call(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """The result of one command; events that come meanwhile are kept."""
        self._next += 1
        request: dict[str, Any] = {"id": self._next, "method": method, "params": params}
        if session:
            request["sessionId"] = session
        data = json.dumps(request).encode() + b"\0"
        while data:
            data = data[os.write(self._out, data) :]
        deadline = time.monotonic() + TIMEOUT_S
        while True:
            message = self._receive(deadline)
            if message.get("id") == self._next:
                if "error" in message:
                    raise PageError(f"{method}: {message['error']}")
                result: dict[str, Any] = message["result"]
                return result
            self.events.append(message)

    def wait(self, session: str, method: str) -> dict[str, Any]:
        """The first event of that name in a page, past or coming."""
        deadline = time.monotonic() + TIMEOUT_S
        while True:
            for event in self.events:
                if event.get("sessionId") == session and event.get("method") == method:
                    return event
            self.events.append(self._receive(deadline))

    def open(self, url: str, *, width: int = 1440, height: int = 900, scripts: bool = True) -> Page:
        """A page that has loaded."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session, target)
        for domain in ("Page", "Runtime", "Network", "Log"):
            page.call(f"{domain}.enable")
        mobile = width < 700
        page.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)
        if not scripts:
            page.call("Emulation.setScriptExecutionDisabled", value=True)
        page.call("Page.navigate", url=url)
        self.wait(session, "Page.loadEventFired")
        return page


class Page:
    """One tab."""

    def __init__(self, browser: Browser, session: str, target: str) -> None:
        self._browser, self._session, self._target = browser, session, target

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        return self._browser.call(method, self._session, **params)

    def close(self) -> None:
        self._browser.call("Target.closeTarget", targetId=self._target)

    def js(self, expression: str) -> Any:
        """The value of an expression (a promise is awaited). Raises PageError when it throws."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise PageError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def settle(self) -> None:
        """Wait until what was asked for has been drawn: two frames."""
        self.js("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))")

    def events(self, method: str) -> list[dict[str, Any]]:
        """Parameters of the events of that name so far."""
        mine = [e for e in self._browser.events if e.get("sessionId") == self._session and e.get("method") == method]
        return [e["params"] for e in mine]

    def requests(self) -> list[str]:
        """Every address the page asked for."""
        return [e["request"]["url"] for e in self.events("Network.requestWillBeSent")]

    def mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        """One mouse event: ``mouseMoved``, ``mousePressed``, ``mouseReleased`` or ``mouseWheel``."""
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def click(self, x: float, y: float) -> None:
        self.mouse("mouseMoved", x, y)
        self.mouse("mousePressed", x, y, button="left", clickCount=1, buttons=1)
        self.mouse("mouseReleased", x, y, button="left", clickCount=1)

    def key(self, key: str) -> None:
        text = {"text": key} if len(key) == 1 else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def box(self, selector: str) -> tuple[float, float, float, float]:
        """Left, top, width and height of an element on the screen."""
        left, top, width, height = self.js(
            f"(r => [r.left, r.top, r.width, r.height])(document.querySelector({json.dumps(selector)})"
            ".getBoundingClientRect())"
        )
        return left, top, width, height

    def text(self, selector: str) -> str:
        """The text an element shows."""
        found: str = self.js(f"document.querySelector({json.dumps(selector)}).innerText")
        return found

    def data(self, name: str) -> str | None:
        """A data attribute of the page's root."""
        found: str | None = self.js(f"document.documentElement.dataset[{json.dumps(name)}]")
        return found

    def assert_clean(self) -> None:
        """No script error, no violation of the policy, and no request but for the file itself."""
        assert self.data("ready") == "1"
        assert self.data("error") is None, self.data("error")
        assert self.data("violation") is None
        assert not self.events("Runtime.exceptionThrown")
        assert [e["entry"]["text"] for e in self.events("Log.entryAdded")] == []
        outside = [u for u in self.requests() if not u.startswith(("file:", "data:", "blob:"))]
        assert outside == []
        assert len([u for u in self.requests() if u.startswith("file:")]) == 1


@contextlib.contextmanager
def running() -> Iterator[Browser]:
    """A browser with a profile of its own, ended afterwards."""
    with tempfile.TemporaryDirectory(prefix="beaconline-chromium-", ignore_cleanup_errors=True) as profile:
        browser = Browser(Path(profile))
        try:
            yield browser
        finally:
            browser.close()
