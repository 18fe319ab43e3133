"""Who else listens, in all processes. Each tells the others on change and with every beat; a silent one is forgotten.

Only kinds of topic that allow it, and only subscriptions that asked for it (`{"do": "open", …, "presence": true}`).
"""

from __future__ import annotations

import asyncio

from messaging.realtime import bus, protocol
from messaging.realtime.hub import Hub, Line

FORGOTTEN = 50.0  # seconds without a word of a process; it beats every 20 s


class Presence:
    """Who listens to which topic, by process."""

    def __init__(self, here: Hub) -> None:
        self.hub = here
        self._known: dict[str, dict[str, tuple[frozenset[str], float]]] = {}

    def start(self) -> None:
        """Begin to watch the hub's lines."""
        self.hub.listeners.append(self.heard)
        self.hub.watchers.append(self.changed)

    def stop(self) -> None:
        """End."""
        self.hub.listeners.remove(self.heard)
        self.hub.watchers.remove(self.changed)

    def persons(self, topic: str) -> list[str]:
        """Who listens to a topic, anywhere."""
        return sorted(frozenset().union(*(persons for persons, _ in self._known.get(topic, {}).values())))

    def changed(self, line: Line) -> None:
        """Somebody began or stopped to listen here: tell everybody, and whoever is new how it stands."""
        if line.kind.presence:
            here = {one.socket.actor.person for one in line.subscriptions}
            self.hub.hand_in(bus.Present(self.hub.process, line.name, sorted(filter(None, here))))

    def heard(self, message: bus.Message) -> None:
        """A process said who listens there."""
        if not isinstance(message, bus.Present):
            return
        before = self.persons(message.topic)
        known = self._known.setdefault(message.topic, {})
        if message.persons:
            known[message.process] = (frozenset(message.persons), asyncio.get_running_loop().time() + FORGOTTEN)
        else:
            known.pop(message.process, None)
        if not known:
            del self._known[message.topic]
        self._tell(message.topic, before)

    def beat(self, now: float) -> None:
        """Forget processes that have gone silent, and say again who listens here."""
        for topic, known in list(self._known.items()):
            before = self.persons(topic)
            silent = [process for process, (_, until) in known.items() if until < now and process != self.hub.process]
            for process in silent:
                del known[process]
            if not known:
                del self._known[topic]
            self._tell(topic, before)
        for line in tuple(self.hub.lines.values()):
            self.changed(line)

    def _tell(self, topic: str, before: list[str]) -> None:
        line = self.hub.lines.get(topic)
        if line is None:
            return
        persons = self.persons(topic)
        text = protocol.event("presence", line.shown, None, {"persons": persons})
        for one in tuple(line.subscriptions):
            if one.presence and (persons != before or not one.told):
                one.told = True
                one.socket.push({"type": "websocket.send", "text": text})
