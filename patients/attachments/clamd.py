"""A ClamAV daemon, if the deployment has one (`TELECARE_CLAMD`: a socket's path, or host:port).

https://docs.clamav.net/manual/Usage/Scanning.html#clamd (INSTREAM)
"""

from __future__ import annotations

import socket
import struct
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _

from patients.errors import Unavailable

SECONDS: Final = 30
PIECE: Final = 64 * 1024


def finds(data: bytes) -> str:
    """What it calls what it found, "" for nothing or without a daemon. Raises Unavailable when it does not answer."""
    if not settings.CLAMD:
        return ""
    try:
        with _connected() as one:
            one.sendall(b"zINSTREAM\0")
            for at in range(0, len(data), PIECE):
                piece = data[at : at + PIECE]
                one.sendall(struct.pack("!I", len(piece)) + piece)
            one.sendall(struct.pack("!I", 0))
            answer = b""
            while b"\0" not in answer and (part := one.recv(4096)):
                answer += part
    except OSError as problem:
        raise _down() from problem
    words = answer.rstrip(b"\0\n").decode("utf-8", "replace").removeprefix("stream: ")
    if words == "OK":
        return ""
    if words.endswith(" FOUND"):
        return words.removesuffix(" FOUND")[:100]
    raise _down()


def _connected() -> socket.socket:
    if settings.CLAMD.startswith("/"):
        one = socket.socket(socket.AF_UNIX)
        try:
            one.settimeout(SECONDS)
            one.connect(settings.CLAMD)
        except OSError:
            one.close()
            raise
        return one
    host, _colon, port = settings.CLAMD.rpartition(":")
    return socket.create_connection((host, int(port)), SECONDS)


def _down() -> Unavailable:
    return Unavailable(_("The virus scanner does not answer, so no file is taken now. Please try again later."))
