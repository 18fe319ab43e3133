"""Bodies are gathered before a thread is asked: whole, with their length, and not above the limit."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest

from config.pages import Pages


def told(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
    """A WSGI application that tells what it was given."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start("200 OK", [("Content-Type", "text/plain")])
    return [body]


async def answered(path: str, *parts: bytes, headers: tuple[tuple[bytes, bytes], ...] = ()) -> tuple[int, bytes]:
    scope = {"type": "http", "http_version": "1.1", "method": "POST", "path": path, "query_string": b"",
             "headers": list(headers)}  # fmt: skip
    coming = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    coming.append({"type": "http.request", "body": b"", "more_body": False})
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return coming.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await Pages(told)(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent)


async def test_a_body_in_chunks_without_a_length_arrives_whole() -> None:
    assert await answered("/somewhere", b"one ", b"two") == (200, b"one two")


async def test_a_body_with_a_length_arrives_as_it_is() -> None:
    assert await answered("/somewhere", b"one", headers=((b"content-length", b"3"),)) == (200, b"one")


async def test_what_is_too_large_is_refused_in_plain_words(settings: Any) -> None:
    settings.BODY_LIMIT = 5
    status, body = await answered("/somewhere", b"123", b"456", b"789")
    assert status == 413
    assert b"5 bytes" in body


@pytest.mark.parametrize("path", ["/fhir", "/fhir/Patient"])
async def test_the_fhir_edge_has_its_own_limit_and_its_own_words(settings: Any, path: str) -> None:
    settings.FHIR_BODY_LIMIT = 5
    status, body = await answered(path, b"123", b"456")
    assert status == 413
    assert json.loads(body)["issue"][0]["code"] == "too-long"
    assert (await answered("/fhirs", b"123", b"456"))[0] == 200
