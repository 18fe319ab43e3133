"""Codes that are typed: six digits of a telephone (TOTP, RFC 6238), eight of the recovery sheet.

allauth remembers a code that was used in the cache of one process; here the row remembers it, so that a code that was
read over a shoulder is refused by every process, and so are all earlier ones (RFC 6238 section 5.2).
"""

from __future__ import annotations

import re
from typing import Final

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp

from patients import vault
from patients.accounts.factors.adapter import of_account
from patients.accounts.models import User

TOTP, RECOVERY = Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES
_LAST: Final = "last"  # in the row: the counter of the newest code that was taken


def new_secret() -> str:
    """160 random bits in base 32."""
    return str(totp.generate_totp_secret())


def address(user: User, secret: str) -> str:
    """The secret as an authenticator app reads it (otpauth://…)."""
    return str(get_adapter().build_totp_url(user, secret))


def counter_of(secret: str, code: str) -> int | None:
    """The half minute for which this code holds: this one, the last or the next; None when for none of them."""
    typed = re.sub(r"\s", "", code)
    for counter in totp.yield_hotp_counters_from_time():
        if vault.same(totp.format_hotp_value(totp.hotp_value(secret, counter)), typed):
            return int(counter)
    return None


def keep(user: User, secret: str, counter: int) -> None:
    """Make this secret the second factor of the account. Inside `write()`."""
    Authenticator.objects.filter(user=user, type=TOTP).delete()
    with of_account(user.pk):
        row = totp.TOTP.activate(user, secret).instance
    row.data[_LAST] = counter
    row.save(update_fields=["data"])


def taken(user: User, code: str) -> str:
    """Take this code once: by what it was taken, "" when it does not fit or was taken before. Inside `write()`."""
    rows = {one.type: one for one in Authenticator.objects.select_for_update().filter(user=user)}
    with of_account(user.pk):
        if TOTP in rows and _take_totp(rows[TOTP], code):
            return str(TOTP)
        if RECOVERY in rows and RecoveryCodes(rows[RECOVERY]).validate_code(re.sub(r"\D", "", code)):
            rows[RECOVERY].record_usage()
            return str(RECOVERY)
    return ""


def _take_totp(row: Authenticator, code: str) -> bool:
    counter = counter_of(get_adapter().decrypt(row.data["secret"]), code)
    if counter is None or counter <= row.data.get(_LAST, 0):
        return False
    row.data[_LAST] = counter
    row.save(update_fields=["data"])
    row.record_usage()
    return True


def make_recovery_codes(user: User) -> None:
    """Ten new ones instead of those there were. Inside `write()`."""
    Authenticator.objects.filter(user=user, type=RECOVERY).delete()
    with of_account(user.pk):
        RecoveryCodes.activate(user)


def recovery_codes(account: int) -> list[str]:
    """Those that were not used yet, "1234 5678"."""
    row = Authenticator.objects.filter(user=account, type=RECOVERY).first()
    if row is None:
        return []
    with of_account(account):
        return [f"{code[:4]} {code[4:]}" for code in RecoveryCodes(row).get_unused_codes()]
