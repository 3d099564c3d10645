"""The zip that Lambda runs: what Chalice packed, less what is never read, compiled.

A cold start imports some hundred modules. Lambda can't write bytecode, so that without it in
the zip every cold start would compile them all again: it goes in, unchecked against its source,
which can't change. Same contents give the same bytes: entries are sorted and have no date.
"""

from __future__ import annotations

import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

SERVICES = frozenset({"dynamodb", "s3", "ses", "sqs", "ssm"})
"""What the application calls: the models of all other services are dropped (15 MB)."""
UNUSED = (
    "PIL/_avif.",  # images are JPEG, PNG, WebP and GIF; Pillow does without
    "aws_lambda_powertools/event_handler/",
    "pillow.libs/libavif-",
    "regex/tests/",
)
"""What libraries bring along that nothing here imports: how the names begin (3 MB)."""
MAX_BYTES = 25 * 1000 * 1000
"""Half of what Lambda takes in one upload (50 MB); what is bigger also starts slower.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""
MACHINES = {62: "x86_64", 183: "arm64"}
"""``e_machine`` of an ELF header, by Lambda's names (EM_X86_64, EM_AARCH64).

https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
"""
_MODE = 0o100644 << 16
_ELF_HEADER = 20


class WrongArchive(Exception):
    """The archive isn't what Lambda should be given; the message says why."""


def slim(packed: Path, to: Path) -> None:
    """Write the archive that Lambda is given.

    The interpreter that runs this must be of the runtime's minor version: bytecode is its own.

    Args:
        packed: What Chalice packed.
        to: Where to write it; what stands there is replaced.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        with ZipFile(packed) as archive:
            archive.extractall(root, [n for n in archive.namelist() if is_kept(n)])
        _compile(root)
        _pack(root, to)


def is_kept(name: str) -> bool:
    """Say whether a file goes into the archive.

    botocore's own data (endpoints, retries) stays, and the services that are called.
    """
    parts = name.split("/")
    if "__pycache__" in parts or name.endswith("/") or name.startswith(UNUSED):
        return False
    is_of_a_service = parts[:2] == ["botocore", "data"] and len(parts) > 3
    return not is_of_a_service or parts[2] in SERVICES


def machines(archive: Path) -> dict[str, str]:
    """Return the machine that each compiled library is for, by its name in the archive."""
    found = {}
    with ZipFile(archive) as opened:
        for name in opened.namelist():
            with opened.open(name) as file:
                header = file.read(_ELF_HEADER)
            if header[:4] == b"\x7fELF":
                order = "<" if header[5] == 1 else ">"
                (machine,) = struct.unpack(f"{order}H", header[18:20])
                found[name] = MACHINES.get(machine, f"machine {machine}")
    return found


def check(archive: Path, architecture: str) -> None:
    """Refuse an archive that is too big or couldn't run where it is meant to.

    Raises:
        WrongArchive: with all that is wrong.
    """
    size = archive.stat().st_size
    wrong = [f"{size} bytes, {MAX_BYTES} at most"] if size > MAX_BYTES else []
    wrong += [
        f"{name} is for {machine}, not {architecture}"
        for name, machine in machines(archive).items()
        if machine != architecture
    ]
    if wrong:
        raise WrongArchive("\n".join(wrong))


def _compile(root: Path) -> None:
    """Add the bytecode of all modules.

    By an interpreter of its own, as bare as can be: what else is loaded shows in the bytecode,
    since names that are already interned are marked otherwise.

    Raises:
        WrongArchive: a module isn't Python that this interpreter understands.
    """
    command = [sys.executable, "-S", "-s", "-m", "compileall", "-q", "-s", str(root)]
    done = subprocess.run(  # noqa: S603 (our own words)
        [*command, "--invalidation-mode", "unchecked-hash", str(root)],
        env={"PYTHONHASHSEED": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise WrongArchive(done.stdout)


def _pack(root: Path, to: Path) -> None:
    with ZipFile(to, "w", ZIP_DEFLATED) as archive:
        for path in sorted(p for p in root.rglob("*") if p.is_file()):
            entry = ZipInfo(path.relative_to(root).as_posix())  # dated 1980
            entry.external_attr = _MODE
            archive.writestr(entry, path.read_bytes(), ZIP_DEFLATED)
