"""Where the sealed file of a DocumentReference lies."""

from __future__ import annotations

import uuid

from django.db import models


class Attachment(models.Model):
    """One file. Its name stands sealed in the document; who may read that may have the file."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    document = models.OneToOneField("records.Document", on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=36)  # id of the data key in patients.vault
    type = models.CharField(max_length=32)
    size = models.PositiveIntegerField()  # open, in bytes

    def __str__(self) -> str:
        return f"attachment {self.id}"

    @property
    def place(self) -> str:
        """In the default storage: `$DATA/files`, or a bucket."""
        return f"attachments/{self.id.hex[:2]}/{self.id.hex}"
