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

    username = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=8, choices=Kind)
    person = models.CharField(max_length=100, blank=True)  # FHIR reference, "Practitioner/…"
    name = models.CharField(max_length=120, blank=True)  # staff only; other names stand sealed in their documents
    language = models.CharField(max_length=5, blank=True)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "username"
    objects = BaseUserManager()

    def __str__(self) -> str:
        return f"account {self.pk}"


class Membership(models.Model):
    """A person's function in an organisation, from the PractitionerRole document that says so."""

    person = models.CharField(max_length=100)
    organisation = models.CharField(max_length=64)
    role = models.CharField(max_length=32)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    document = models.CharField(max_length=64)  # logical id of the PractitionerRole

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "role"], name="membership_once_per_document_and_role")
        ]
        indexes = [models.Index(fields=["person"], name="membership_by_person")]

    def __str__(self) -> str:
        return f"membership {self.pk}"


class Token(models.Model):
    """A bearer token for `/fhir` and `/ws/`; only its keyed HMAC is stored."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    digest = models.BinaryField(max_length=32, unique=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"token {self.pk}"
