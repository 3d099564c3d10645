"""The installation's root key: a file of the data folder that only its owner reads."""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from local.telling import TroubleError

LENGTH = 32


def root_key(file: Path, *, may_make: bool) -> bytes:
    """Return the key that the file holds, made at the first call.

    The file appears whole, is on disk before this returns, and is never written again.

    Args:
        file: Where it is kept.
        may_make: False: there are data already, which another key couldn't open.

    Raises:
        TroubleError: It is gone, damaged, or can't be read or written.
    """
    try:
        if may_make and not file.exists():
            _make(file)
        file.chmod(0o600)
        key = bytes.fromhex(file.read_text(encoding="ascii"))
    except FileNotFoundError as error:
        raise TroubleError(
            f"La clé « {file} » a disparu ; sans elle, les données à côté ne s'ouvrent plus. "
            "Remettez-la depuis une sauvegarde.",
            f'The key "{file}" is gone; without it the data beside it can\'t be opened. '
            "Put it back from a backup.",
        ) from error
    except OSError as error:
        raise TroubleError(
            f"Impossible de lire ou d'écrire « {file} » : ce fichier doit vous appartenir.",
            f'Can\'t read or write "{file}": that file must be yours: {error}',
        ) from error
    except ValueError:
        key = b""
    if len(key) != LENGTH:
        raise TroubleError(
            f"La clé « {file} » est abîmée ; remettez-la depuis une sauvegarde.",
            f'The key "{file}" is damaged; put it back from a backup.',
        )
    return key


def _make(file: Path) -> None:
    """Write a new key, unless another process was quicker."""
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=file.name)  # 0600
    part = Path(name)
    try:
        os.write(descriptor, secrets.token_hex(LENGTH).encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        with suppress(FileExistsError):
            file.hardlink_to(part)  # refuses to replace one that stands
    finally:
        part.unlink()
