"""A real browser on pages that need no database. Async, because Playwright's other face would hold the test's loop."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
import pytest_asyncio
from django.test import override_settings
from playwright.async_api import Browser, async_playwright
from pytest_django.plugin import DjangoDbBlocker

from patients import vault

CHROMIUM = "/usr/bin/chromium"


class Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Silent(WSGIRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def address(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The product in demo mode on a free port. Its pages are asked without a database, but they sign with its key."""
    from config.wsgi import application

    with django_db_blocker.unblock():
        vault.unlock()
    with override_settings(DEMO=True), make_server("127.0.0.1", 0, application, Threads, Silent) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    """Debian's Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()
