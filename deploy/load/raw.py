"""The bare floor under our sockets: the same uvicorn, the same settings, and an ASGI application that only sends on."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

rooms: Final[defaultdict[str, set[Any]]] = defaultdict(set)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """`/<room>`: who is connected hears what `fan` says there."""
    if scope["type"] != "websocket":
        return
    room = scope["path"].strip("/")
    await receive()
    await send({"type": "websocket.accept"})
    rooms[room].add(send)
    while (await receive())["type"] != "websocket.disconnect":
        pass
    rooms[room].discard(send)


async def fan(room: str, text: str) -> None:
    """Send one text to all of a room."""
    event = {"type": "websocket.send", "text": text}
    for send in tuple(rooms[room]):
        await send(event)
