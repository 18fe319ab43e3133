"""A WebSocket client that costs little: hundreds of them share two processors with the server that is measured.

It reads and writes text frames and answers pings, and that is all of RFC 6455 it knows.
"""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Callable
from typing import Final, cast

SHORT: Final = 126  # a length below stands in the second byte
TEXT: Final = 0x81  # a whole text frame
PING: Final = 0x89
PONG: Final = 0x8A
MASKED: Final = 0x80
NO_MASK: Final = bytes(4)  # masking guards proxies, and here is none


class Line(asyncio.Protocol):
    """One socket. `hear` is called with each text; until it is set, texts wait for `next_text`."""

    def __init__(self) -> None:
        self._buffer = b""
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue()
        self._opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.hear: Callable[[bytes], None] = self._waiting.put_nowait
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def next_text(self) -> bytes:
        """The next text that came in."""
        return await self._waiting.get()

    def send(self, text: bytes) -> None:
        """Send a text of less than 64 KiB."""
        self._write(TEXT, text)

    async def close(self) -> None:
        """Hang up."""
        self._transport.close()
        await asyncio.wait([self.ended])

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one without inheriting

    def connection_lost(self, problem: Exception | None) -> None:
        if not self._opened.done():
            self._opened.set_exception(ConnectionError("The server hung up."))
        if not self.ended.done():
            self.ended.set_result(None)

    def data_received(self, data: bytes) -> None:
        data = self._buffer + data if self._buffer else data
        if not self._opened.done():
            head, found, data = data.partition(b"\r\n\r\n")
            if not found:
                self._buffer = head
                return
            if not head.startswith(b"HTTP/1.1 101 "):
                self._opened.set_exception(ConnectionError(head.partition(b"\r\n")[0].decode()))
                return
            self._opened.set_result(None)
        at, end = 0, len(data)
        while end - at >= 2:
            first, size, begin = data[at], data[at + 1], at + 2
            if size >= SHORT:
                width = 2 if size == SHORT else 8
                if end - begin < width:
                    break
                size = int.from_bytes(data[begin : begin + width], "big")
                begin += width
            if end - begin < size:
                break
            at = begin + size
            self._frame(first, data[begin:at])
        self._buffer = data[at:]

    def _frame(self, first: int, content: bytes) -> None:
        if first == TEXT:
            self.hear(content)
        elif first == PING:
            self._write(PONG, content)
        else:  # closed by the server, or nothing that ours sends
            raise ConnectionError(f"A frame of kind {first:#x}: {content!r}")

    def _write(self, first: int, content: bytes) -> None:
        size = len(content)
        length = bytes((MASKED | size,)) if size < SHORT else bytes((MASKED | SHORT,)) + size.to_bytes(2, "big")
        self._transport.write(bytes((first,)) + length + NO_MASK + content)

    async def _greet(self, port: int, path: str, headers: dict[str, str]) -> None:
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        self._transport.write("\r\n".join([*lines, "", ""]).encode())
        await self._opened


async def connect(port: int, path: str, headers: dict[str, str]) -> Line:
    """An open socket at this port of loopback."""
    _transport, line = await asyncio.get_running_loop().create_connection(Line, "127.0.0.1", port)
    await line._greet(port, path, headers)
    return line
