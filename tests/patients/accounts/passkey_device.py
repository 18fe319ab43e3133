"""A device that keeps passkeys, in a few lines: it answers any challenge, also in ways in which a real one never would.

https://www.w3.org/TR/webauthn-2/ sections 5.8.1 (client data), 6.1 (authenticator data) and 6.5.4 (no attestation).
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

HERE, SITE = "https://testserver", "testserver"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Device:
    """One passkey. `owner` is what it was told to call its account: the user handle, as text for an address."""

    owner: str
    ident: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def made(self, challenge: str, *, origin: str = HERE, verified: bool = True) -> str:
        """The answer to a challenge to make a passkey."""
        public = ES256.from_cryptography_key(self.key.public_key())
        credential = AttestedCredentialData.create(Aaguid.NONE, self.ident, public)
        data = self._data(ATTESTED, verified=verified, credential=bytes(credential))
        attestation = AttestationObject.create("none", data, {})
        said = self._said("webauthn.create", challenge, origin)
        return self._answer(clientDataJSON=said, attestationObject=bytes(attestation))

    def shown(self, challenge: str, *, origin: str = HERE, site: str = SITE, verified: bool = True) -> str:
        """The answer to a challenge to show it."""
        data = self._data(0, verified=verified, site=site)
        said = self._said("webauthn.get", challenge, origin)
        signature = self.key.sign(bytes(data) + sha256(said).digest(), ec.ECDSA(SHA256()))
        owner = self.owner.encode()
        return self._answer(clientDataJSON=said, authenticatorData=bytes(data), signature=signature, userHandle=owner)

    def _data(self, flags: int, *, verified: bool, site: str = SITE, credential: bytes = b"") -> AuthenticatorData:
        flags |= PRESENT | (VERIFIED if verified else 0)
        return AuthenticatorData.create(sha256(site.encode()).digest(), AuthenticatorData.FLAG(flags), 0, credential)

    def _said(self, kind: str, challenge: str, origin: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}
        return json.dumps(said, separators=(",", ":")).encode()

    def _answer(self, **parts: bytes) -> str:
        ident = websafe_encode(self.ident)
        response: dict[str, Any] = {name: websafe_encode(part) for name, part in parts.items()}
        answer = {"id": ident, "rawId": ident, "type": "public-key", "response": response}
        return json.dumps({**answer, "clientExtensionResults": {"credProps": {"rk": True}}})
