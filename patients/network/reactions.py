"""What a patient has refused is not stored, whoever sends it and by whatever way."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from patients.access.acts import PHOTO
from patients.accounts.actor import Actor, Role
from patients.errors import Denied
from patients.network.queries.acts import refused
from patients.records.models import Document


def no_photo_against_the_will(actor: Actor, document: Document) -> None:
    """Raises Denied for a new picture of somebody who says no to photos; what was taken before, or imported, stays."""
    if document.version != 1 or actor.role in (Role.SYSTEM, Role.SYSTEM_CLIENT) or document.patient is None:
        return
    if _is_picture(document.content) and refused(document.patient, PHOTO):
        raise Denied(_("The person does not want photos. Ask again and record the yes first."))


def _is_picture(content: dict[str, Any]) -> bool:
    if content["resourceType"] == "Media":
        return str(content["content"].get("contentType", "image/")).startswith(("image/", "video/"))
    attachments = [one.get("attachment", {}) for one in content.get("content", ())]
    return any(str(one.get("contentType", "")).startswith(("image/", "video/")) for one in attachments)
