"""Encryption of secrets: AES-256-GCM under a key of each firm's own.

A firm's key is derived from the installation's root key by HKDF-SHA-256
(https://www.rfc-editor.org/rfc/rfc5869) with the firm as its info, so that no key is kept.
What is sealed is bound to its firm, channel and kind: moved to another place it can't be
opened. The nonce is random, 96 bits: with a key per firm, and a token sealed a few times a
day, the chance that two are equal stays far below 2^-32
(https://nvlpubs.nist.gov/nistpubs/Legacy/SP/nistspecialpublication800-38d.pdf, section 8.3).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chalicelib.ids import ChannelId, WorkspaceId

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
ROOT_BYTES = 32


class SecretUnreadable(Exception):
    """A secret isn't what was sealed for this place, or its root key isn't known here."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A secret that may lie anywhere."""

    key_id: str
    nonce: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class Place:
    """Where a secret belongs, and nowhere else."""

    workspace: WorkspaceId
    channel: ChannelId
    kind: str

    def bound(self) -> bytes:
        """Return the place as the bytes that a secret is bound to."""
        return json.dumps([self.workspace, self.channel, self.kind]).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cipher:
    """Seals under the current root key, opens under any that is known.

    To change the root key: add the new one, make it current, write every secret once, then
    drop the old one.
    """

    roots: Mapping[str, bytes] = field(repr=False)
    """Root keys by id, each of 32 bytes or more."""
    current: str
    random: Callable[[int], bytes] = os.urandom

    def __post_init__(self) -> None:
        if self.current not in self.roots or any(len(k) < ROOT_BYTES for k in self.roots.values()):
            raise ValueError(f"a root key has at least {ROOT_BYTES} bytes, the current one a name")

    def seal(self, place: Place, secret: Mapping[str, str]) -> Sealed:
        """Return the secret, encrypted and bound to its place."""
        nonce = self.random(NONCE_BYTES)
        plain = json.dumps(dict(secret), ensure_ascii=False).encode()
        data = self._key(self.current, place).encrypt(nonce, plain, place.bound())
        return Sealed(self.current, nonce, data)

    def open(self, place: Place, sealed: Sealed) -> dict[str, str]:
        """Return the secret of a place.

        Raises:
            SecretUnreadable: it was changed, moved, or sealed under a key unknown here.
        """
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - heavy: where used

        if sealed.key_id not in self.roots:
            raise SecretUnreadable(f"{place.channel}: root key {sealed.key_id!r} isn't known")
        try:
            key = self._key(sealed.key_id, place)
            plain = key.decrypt(sealed.nonce, sealed.data, place.bound())
        except (InvalidTag, ValueError) as error:
            raise SecretUnreadable(f"{place.channel}: not what was sealed for it") from error
        secret: dict[str, str] = json.loads(plain)
        return secret

    def _key(self, key_id: str, place: Place) -> AESGCM:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415

        info = b"relais/vault/1/" + place.workspace.encode()
        derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=info)
        return AESGCM(derive.derive(self.roots[key_id]))
