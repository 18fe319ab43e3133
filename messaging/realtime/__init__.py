"""One socket, one protocol: topics to listen to, commands to send, `publish` to tell. See README.md."""

from messaging.realtime.publishing import publish

__all__ = ["publish"]
