"""The outbox: effects that leave the system, timers, retries. See README.md."""

from messaging.jobs.outbox import add
from messaging.jobs.registry import every, register
from messaging.jobs.runner import Runner, run_worker

__all__ = ["Runner", "add", "every", "register", "run_worker"]
