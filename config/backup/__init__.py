"""Backup and restore: data and key table apart from each other, both without the master key."""

from config.backup.restoring import Restored, follow_ledger, restore
from config.backup.saving import Saved, save

__all__ = ["Restored", "Saved", "follow_ledger", "restore", "save"]
