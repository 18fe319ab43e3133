"""Keys, sealed texts, the blind index. Import from here only. Nothing here imports a model: settings need the vault."""

from patients.vault.blind import blind, two_indexes
from patients.vault.chance import random_bytes, random_id
from patients.vault.django_key import older_secret_key, secret_key
from patients.vault.keys import key_for, open_keys
from patients.vault.master import Locked, Unreadable
from patients.vault.sealing import seal, unseal
from patients.vault.secrets import open_secret, seal_secret
from patients.vault.services import destroy_keys, rotate_master, unlock
from patients.vault.state import epoch, master_name
from patients.vault.streams import open_stream, seal_stream
from patients.vault.tokens import mac, opened_token, same, sealed_token

__all__ = [
    "Locked",
    "Unreadable",
    "blind",
    "destroy_keys",
    "epoch",
    "key_for",
    "mac",
    "master_name",
    "older_secret_key",
    "open_keys",
    "open_secret",
    "open_stream",
    "opened_token",
    "random_bytes",
    "random_id",
    "rotate_master",
    "same",
    "seal",
    "seal_secret",
    "seal_stream",
    "sealed_token",
    "secret_key",
    "two_indexes",
    "unlock",
    "unseal",
]
