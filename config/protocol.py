"""HTTP as uvicorn speaks it, with an end to what stands before a body: httptools itself gathers heads without limit."""

from __future__ import annotations

from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LONGEST_HEAD: Final = 64 * 1024  # bytes of address and headers together, or of what stands between parts of a body


class Protocol(HttpToolsProtocol):
    """One connection. A head that is too long, whole or without end, or names no host, ends it with 400."""

    _head = 0  # bytes of the head that is being read, as far as its parts are complete
    _names_host = False
    _unread = 0  # bytes that came since something was complete

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._unread += len(data)
        super().data_received(data)
        if self._unread > LONGEST_HEAD and not self.transport.is_closing():
            self.send_400_response(f"Address and headers may have {LONGEST_HEAD:,} bytes together.")

    def on_message_begin(self) -> None:
        self._head, self._names_host = 0, False
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._head += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head += len(name) + len(value)
        self._names_host = self._names_host or name.lower() == b"host"
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self._head > LONGEST_HEAD:
            raise ValueError("the head is too long")  # the parser ends with it, and the connection with 400
        if not self._names_host and self.parser.get_http_version() == "1.1":
            raise ValueError("a request names its host (RFC 9112, section 3.2)")
        self._unread = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._unread = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._unread = 0
        super().on_message_complete()
