"""What is short-lived around a consultation: its card, its room, who waits, who is invited, what is not signed yet.

The documents are the truth (README). `Consultation` is derived from Encounter documents; nothing here points at it with
a foreign key, so that reindexing can rebuild it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q


class Medium(models.TextChoices):
    """How people meet. Waiting room, live values, note and tasks are the same with all four."""

    OWN = "own-room"
    EXTERNAL = "external-room"
    TELEPHONE = "telephone"
    ON_SITE = "on-site"


INVITED = "invitation:"  # what stands before the number of an invitation, where the room knows its guest
VIDEO_MEDIA = (Medium.OWN, Medium.EXTERNAL)  # to which the person can say no


class Consultation(models.Model):
    """The card of an Encounter of ours: what lists and rules need of it. A projection, see `projections`."""

    OVER = ("finished", "cancelled", "entered-in-error")

    id = models.CharField(primary_key=True, max_length=64)  # the Encounter's logical id, and the room's name
    patient = models.CharField(max_length=64)
    organisation = models.CharField(max_length=64)  # which sees the patient: its staff runs the waiting room
    caller = models.CharField(max_length=64, blank=True)  # which booked it or called in: the Encounter's custodian
    doctor = models.CharField(max_length=100, blank=True)  # reference to whom it was booked with
    appointment = models.CharField(max_length=64, blank=True)
    medium = models.CharField(max_length=16, choices=Medium)
    status = models.CharField(max_length=16)  # of the Encounter
    planned_at = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "status", "planned_at"], name="consultation_of_organisation"),
            models.Index(fields=["caller", "status", "planned_at"], name="consultation_of_caller"),
            models.Index(fields=["patient", "planned_at"], name="consultation_of_patient"),
        ]

    def __str__(self) -> str:
        return f"consultation {self.id}"

    @property
    def over(self) -> bool:
        """Closed with a follow-up choice, or called off."""
        return self.status in self.OVER


class Room(models.Model):
    """The room of a consultation: the sealed state of `room.Room`, who has taken it on, and its queue.

    One row is all that two web processes share of a room; it outlives a restart.
    """

    consultation = models.CharField(primary_key=True, max_length=64)
    state = models.BinaryField(default=b"")  # sealed; empty while nobody was there
    key = models.CharField(max_length=36, blank=True)
    version = models.PositiveIntegerField(default=0)
    claimed_by = models.BigIntegerField(null=True)  # account
    claimed_name = models.CharField(max_length=120, blank=True)  # of staff: who takes over reads who was first
    claimed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)  # the call, not the consultation; as the state says it

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(claimed_by=None, claimed_at=None) | Q(claimed_by__isnull=False, claimed_at__isnull=False),
                name="room_claim_is_whole",
            )
        ]

    def __str__(self) -> str:
        return f"room {self.consultation}"


class Waiting(models.Model):
    """Somebody in the waiting room. The place is by `arrived_at`; it outlives the socket and a restart."""

    GONE_AFTER = timedelta(minutes=30)  # without a sign of life the place is given up
    CONNECTED = timedelta(seconds=45)

    consultation = models.CharField(max_length=64)
    organisation = models.CharField(max_length=64)  # whose queue; handing over moves it
    visitor = models.CharField(max_length=80)  # see room.Visitor.key
    role = models.CharField(max_length=32)
    arrived_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    sound = models.BooleanField(default=False)
    picture = models.BooleanField(default=False)
    weak = models.BooleanField(default=False)  # the line
    wants_call = models.BooleanField(default=False)  # "please call me"
    admitted_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    alarmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["consultation", "visitor"], name="waiting_once_per_visitor"),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "arrived_at"],
                condition=Q(admitted_at=None, left_at=None),
                name="waiting_in_queue",
            )
        ]

    def __str__(self) -> str:
        return f"waiting {self.pk}"

    def connected(self, now: datetime) -> bool:
        """Whether this person's page gave a sign of life of late."""
        return now - self.seen_at < self.CONNECTED


class Invitation(models.Model):
    """A way into one room, for one person, without an account. Token and PIN are known as HMAC only."""

    KNOCKS_AFTER = 3  # wrong PINs
    LOCKED_AFTER = 5

    class Kind(models.TextChoices):
        PATIENT = "patient"
        RELATIVE = "relative"
        OTHER = "other"

    consultation = models.CharField(max_length=64, db_index=True)
    kind = models.CharField(max_length=8, choices=Kind)
    name = models.BinaryField()  # sealed: how the guest is called in the room
    key = models.CharField(max_length=36)
    digest = models.BinaryField(max_length=32, unique=True)  # of the token
    pin = models.BinaryField(max_length=32)  # digest of invitation and PIN
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    wrong = models.PositiveSmallIntegerField(default=0)  # PINs since the last right one
    knocked = models.BooleanField(default=False)  # last came without the PIN: recognised by face and voice
    cancelled_at = models.DateTimeField(null=True)
    entered_at = models.DateTimeField(null=True)  # last time with the right PIN
    invited_by = models.BigIntegerField()  # account
    invited_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(closes_at__gt=models.F("opens_at")), name="invitation_has_a_window")
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk}"

    @property
    def visitor(self) -> str:
        """As the room knows this guest."""
        return f"{INVITED}{self.pk}"

    @property
    def locked(self) -> bool:
        return self.wrong >= self.LOCKED_AFTER

    @property
    def may_knock(self) -> bool:
        return self.KNOCKS_AFTER <= self.wrong < self.LOCKED_AFTER


class Draft(models.Model):
    """A part of the note that its author has not signed yet: saved by itself while they write, one row, no versions."""

    class Part(models.TextChoices):
        DOCTOR = "doctor"
        NURSE = "nurse"

    consultation = models.CharField(max_length=64)
    part = models.CharField(max_length=8, choices=Part)
    author = models.CharField(max_length=100)  # reference to the Practitioner
    organisation = models.CharField(max_length=64)
    body = models.BinaryField()  # sealed
    key = models.CharField(max_length=36)
    version = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["consultation", "part"], name="draft_one_per_part"),
        ]

    def __str__(self) -> str:
        return f"draft {self.pk}"
