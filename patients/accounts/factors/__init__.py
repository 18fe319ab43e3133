"""Second factors: codes of an app (TOTP), passkeys (WebAuthn), recovery codes, kept and checked by django-allauth."""
