"""The permit with which network services write access documents. Only `patients.network` may import this module."""

from __future__ import annotations

from typing import Final, final


@final
class Permit:
    """Says: the caller has itself decided that this actor may write this document."""

    __slots__ = ()


PERMIT: Final = Permit()
