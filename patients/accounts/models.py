"""Who may sign in, and in which functions a person works."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class User(AbstractBaseUser):
    """An account. Patients and relatives are known by a keyed HMAC of their sign-in name, staff by the name itself."""

    class Kind(models.TextChoices):
        STAFF = "staff"
        PATIENT = "patient"
        RELATIVE = "relative"
        CLIENT = "client"

    username = models.CharField(max_length=64, unique=True)  # see `names`
    kind = models.CharField(max_length=8, choices=Kind)
    person = models.CharField(max_length=100, blank=True)  # FHIR reference, "Practitioner/…"
    name = models.CharField(max_length=120, blank=True)  # staff only; other names stand sealed in their documents
    language = models.CharField(max_length=5, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    last_login = None  # who was here when is the audit's matter

    USERNAME_FIELD = "username"
    objects = BaseUserManager()

    class Meta:
        indexes = [models.Index(fields=["person"], name="user_by_person")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["staff", "client"]) | models.Q(name=""), name="user_name_of_staff_only"
            )
        ]

    def __str__(self) -> str:
        return f"account {self.pk}"


class Membership(models.Model):
    """A person's function in an organisation, as the PractitionerRole document says that `document` names.

    Relatives who represent a patient have one as well, with the role "representative" and no organisation.
    `patients.access` writes it in the transaction of the document.
    """

    person = models.CharField(max_length=100)
    organisation = models.CharField(max_length=64, blank=True)
    role = models.CharField(max_length=32)  # a value of actor.Role
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    document = models.CharField(max_length=64)  # logical id of the document

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "role"], name="membership_once_per_document_and_role")
        ]
        indexes = [
            models.Index(fields=["person"], name="membership_by_person"),
            models.Index(fields=["organisation"], name="membership_by_organisation"),
        ]

    def __str__(self) -> str:
        return f"membership {self.pk}"

    @property
    def key(self) -> str:
        """Names this function in a session; it stays when the document is projected anew."""
        return f"{self.organisation}/{self.role}"


class Emergency(models.Model):
    """A record that a person has opened by break-glass, as the Task that `document` names says it.

    It tells for what purpose somebody acts; what they may read stands in the rights. `patients.access` writes it in the
    transaction of the document, as it does with `Membership`.
    """

    person = models.CharField(max_length=100)
    organisation = models.CharField(max_length=64)
    patient = models.CharField(max_length=64)
    since = models.DateTimeField()
    until = models.DateTimeField()
    document = models.CharField(max_length=64, unique=True)  # logical id of the Task

    class Meta:
        indexes = [models.Index(fields=["person"], name="emergency_by_person")]

    def __str__(self) -> str:
        return f"emergency {self.pk}"


class Token(models.Model):
    """A bearer token for `/fhir` and `/ws/`; only its keyed HMAC is stored."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    digest = models.BinaryField(max_length=32, unique=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"token {self.pk}"


class Session(models.Model):
    """A browser that is known: signed in, or a guest's. Its cookie stands here as keyed HMAC, its content sealed."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="sessions")
    digest = models.BinaryField(max_length=32, unique=True)
    content = models.TextField()  # see `sessions.SessionStore`
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField()  # to ten minutes
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"session {self.pk}"

    @property
    def name(self) -> str:
        """How actors, the log and events call it."""
        return bytes(self.digest)[:12].hex()


class OneTimeCode(models.Model):
    """A printed code with which somebody sets a password, once: at the beginning, or after forgetting the old one."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="one_time_codes")
    digest = models.BinaryField(max_length=32, unique=True)
    drops_factor = models.BooleanField(default=False)  # the second factor was lost as well
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"one-time code {self.pk}"


class ProviderLink(models.Model):
    """Who an account is at an organisation's identity provider: the subject there, as keyed HMAC."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="provider_links")
    provider = models.CharField(max_length=40)  # key of settings.IDENTITY_PROVIDERS
    subject = models.BinaryField(max_length=32)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "subject"], name="provider_subject_is_one_account"),
            models.UniqueConstraint(fields=["user", "provider"], name="account_once_at_a_provider"),
        ]

    def __str__(self) -> str:
        return f"provider link {self.pk}"


class SharedDevice(models.Model):
    """A tablet or a kiosk of an organisation that several people use. Its cookie stands here as keyed HMAC."""

    class Kind(models.TextChoices):
        TABLET = "tablet"
        KIOSK = "kiosk"

    digest = models.BinaryField(max_length=32, unique=True)
    organisation = models.CharField(max_length=64, db_index=True)
    kind = models.CharField(max_length=6, choices=Kind)
    name = models.CharField(max_length=60)  # "Tablet of tour 3"
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"shared device {self.pk}"


class Turn(models.Model):
    """Somebody has signed in fully on a shared tablet today, and may come back with the PIN until the shift is over."""

    device = models.ForeignKey(SharedDevice, on_delete=models.CASCADE, related_name="turns")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="turns")
    since = models.DateTimeField()
    factor = models.BooleanField()  # the second factor was shown then
    failures = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device", "user"], name="turn_once_per_device_and_user")]

    def __str__(self) -> str:
        return f"turn {self.pk}"


class Pin(models.Model):
    """With which somebody comes back on a shared tablet; hashed like a password."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="pin")
    hashed = models.CharField(max_length=128)

    def __str__(self) -> str:
        return f"pin of account {self.pk}"


class Attempt(models.Model):
    """How often signing in failed of late: for a name, an address, or both. The id is a blind index of them."""

    id = models.BigIntegerField(primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(db_index=True)
    known_until = models.DateTimeField(null=True)  # this name has signed in from this address

    def __str__(self) -> str:
        return f"attempts {self.id}"
