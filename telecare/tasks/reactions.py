"""Whoever writes a Task, the worklist it is on hears of it."""

from __future__ import annotations

from messaging.realtime import publish
from patients.accounts.actor import Actor
from patients.records.models import Document
from telecare.tasks import resources, topics


def announce(actor: Actor, document: Document) -> None:
    """Tell the owner's worklist that a task came or changed. Only its id travels."""
    if document.deleted:
        return
    task = resources.task(document.content)
    if task.owner.startswith("Organization/"):
        topic = topics.worklist(task.owner.removeprefix("Organization/"))
        publish.on_commit(topic, topics.NEW if document.version == 1 else topics.CHANGED, data={"id": task.id})
