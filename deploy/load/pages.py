"""What pages of the demo district cost: SQL statements, and what the join page of a guest weighs on its first visit."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from deploy.load import report, world
from deploy.load.report import Row

MOST: Final = 12  # statements
HEAVIEST: Final = 120  # kB over the wire
PATIENCE: Final = 3.0  # seconds until it is usable
SLOW: Final = {"offline": False, "latency": 150, "downloadThroughput": 125_000, "uploadThroughput": 125_000}  # 1 Mbit/s
CHROMIUM: Final = "/usr/bin/chromium"
READERS: Final = ("anna", "clara", "mia", "sabine", "karl", "heinrich", "ida")


def measure() -> list[Row]:
    """Write the district in this process and count; then serve it and let Chromium fetch the join page."""
    with tempfile.TemporaryDirectory(prefix="telecare-load-") as name:
        folder = Path(name)
        world.at(folder, TELECARE_DEMO="1")
        world.set_up()
        from django.db import connections

        from config import demo, words
        from tests.running import server

        words.compile_all()
        demo.write_once(io.StringIO())
        rows = list(_statements())
        connections.close_all()
        with server(folder / "data") as running:
            rows += _weighed(f"{running.url}/j/")
    return rows


def _statements() -> Iterator[Row]:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    for name in READERS:
        client = Client()
        client.post("/sign-in/", {"username": name, "password": "demo"})
        client.get("/")
        for words, address in _pages(name):
            with CaptureQueriesContext(connection) as asked:
                answer = client.get(address)
            if answer.status_code != 200:
                raise AssertionError(f"{name}: {address} answers {answer.status_code}")
            number = len([one for one in asked if one["sql"].split()[0] not in {"BEGIN", "COMMIT", "ROLLBACK"}])
            bound = words != "patient page"  # the budget is for start pages and lists
            budget = (f"≤ {MOST}", number <= MOST) if bound else ("", None)
            yield Row(f"SQL of {name}: {words}", number, "statements", *budget)


def _pages(name: str) -> list[tuple[str, str]]:
    from config.demo.measurements import demo_id

    heinrich = f"/patients/{demo_id('patient', 'heinrich')}"
    found = [("start page", "/")]
    if name in {"anna", "clara"}:
        found += [("patients", "/patients/"), ("worklist", "/tasks/"), ("messages", "/messages/")]
        found += [("patient page", f"{heinrich}/"), ("measurements", f"{heinrich}/measurements/")]
        found += [("thread", f"{heinrich}/thread/")]
    return found


def _weighed(address: str) -> list[Row]:
    """Bytes on the wire (compressed, headers included) and seconds until loaded, both on a first visit."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            page = browser.new_context(locale="de-DE").new_page()
            line: Any = page.context.new_cdp_session(page)
            sizes: list[float] = []
            line.send("Network.enable")
            line.send("Network.emulateNetworkConditions", SLOW)
            line.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
            answer = page.goto(address, wait_until="networkidle")
            if answer is None or answer.status != 200:
                print(f"{address} answers {answer.status if answer else 'nothing'}: no figure for the join page.")
                return []
            ready = page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd / 1000")
            drawn = page.evaluate("(performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0) / 1000")
        finally:
            browser.close()
    weight, usable = sum(sizes) / 1000, max(ready, drawn)
    return [
        Row(f"join page, first visit, {len(sizes)} files", weight, "kB", f"≤ {HEAVIEST} kB", weight <= HEAVIEST, 1),
        Row("join page usable at 1 Mbit/s, 150 ms", usable, "s", f"< {PATIENCE:g} s", usable < PATIENCE, 1),
    ]


if __name__ == "__main__":
    report.alone(measure)
