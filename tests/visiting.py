"""A browser without a screen: somebody of the demo district at a real server, with cookies and forms."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import httpx

from config.demo.district import PASSWORD
from tests.messaging.talk import Talk


class Visitor:
    """`with Visitor(running.url, "anna") as anna: anna.get("/")`."""

    def __init__(self, url: str, username: str, password: str = PASSWORD) -> None:
        self.url = url
        self.web = httpx.Client(base_url=url, timeout=60, headers={"Origin": url})
        self.web.get("/sign-in/")
        self.arrived = self.post("/sign-in/", username=username, password=password)

    def __enter__(self) -> Visitor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.web.close()

    def get(self, address: str) -> httpx.Response:
        """A page, at the end of its redirects."""
        return self.web.get(address, follow_redirects=True)

    def post(self, address: str, **fields: Any) -> httpx.Response:
        """A form with the token of this browser; redirects are not followed."""
        token = self.web.cookies.get("csrftoken", "")
        return self.web.post(address, data={"csrfmiddlewaretoken": token, **fields}, headers={"Referer": self.url})

    def talk(self, url: str = "") -> Talk:
        """This browser's socket, at this server or at `url`, another process of it."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.web.cookies.items())
        origin: Any = url or self.url
        return Talk(f"{origin.replace('http', 'ws')}/ws/", {"Cookie": cookies}, origin=origin)
