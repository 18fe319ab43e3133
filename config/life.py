"""What lives as long as the server: the hub with its watch, the examiner of large bodies and, embedded, the jobs and
the sealer of the log; and the witness of what this process adds to it."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from django.conf import settings

from messaging.chat.writer import writer
from messaging.jobs import Runner
from messaging.realtime import hub
from messaging.realtime.vigil import Vigil
from patients.audit.sealer import Sealer
from patients.audit.witness import Witness
from patients.fhir.examining import examiner

log = logging.getLogger(__name__)


class Life:
    """The ASGI lifespan."""

    async def __call__(self, receive: Any, send: Any) -> None:
        await receive()
        try:
            await self.begin()
        except Exception as problem:
            log.exception("The server could not start")
            await send({"type": "lifespan.startup.failed", "message": str(problem)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.end()
        await send({"type": "lifespan.shutdown.complete"})

    async def begin(self) -> None:
        """Start the parts."""
        wire = None
        if settings.REDIS_URL:
            from messaging.realtime.redis_bus import RedisBus

            wire = RedisBus(settings.REDIS_URL)
        self.hub = hub.Hub(wire)
        self.vigil = Vigil(self.hub)
        await self.hub.start()
        self.vigil.start()
        hub.install(self.hub)
        self.examiner = examiner.Examiner()
        examiner.install(self.examiner)
        self.jobs = Runner() if settings.EMBEDDED else None
        self.sealer = Sealer() if settings.EMBEDDED else None
        self.witness = Witness()
        self.witness.start()
        if self.jobs:
            self.jobs.start()
        if self.sealer:
            self.sealer.start()

    async def end(self) -> None:
        """Stop them, the newest first."""
        if self.jobs:
            await asyncio.to_thread(self.jobs.stop)
        hub.install(None)
        examiner.install(None)
        await self.examiner.stop()
        await asyncio.to_thread(writer.stop)
        await self.vigil.stop()
        await self.hub.stop()
        await asyncio.to_thread(self.witness.stop)
        if self.sealer:
            await asyncio.to_thread(self.sealer.stop)  # last: it seals what the others still wrote
