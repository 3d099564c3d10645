"""Packages made once for all tests and workers, and kept until what goes into them changes."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

from infra.package import ARCHIVE, ROOT, TEMPLATE, Package, package

CACHE = ROOT / ".cache" / "packages"
LIBRARIES = ROOT / ".cache" / "libraries"
KEPT = 4
"""Versions of packages that are kept; the oldest goes first."""
_OURS = ("app.py", "chalice/", "chalicelib/", "__pycache__/app.")
_REQUIRED = ("requirements.txt", "constraints.txt")
_SOURCES = ("app.py", *_REQUIRED, "chalicelib", ".chalice", "infra", "local/pages.py")


def built(stage: str) -> Package:
    """Return the package of a stage as the sources stand now."""
    folder = CACHE / _fingerprint() / stage
    done = folder / ".done"
    with _alone(stage):
        if not done.exists():
            _build(folder, stage)
            done.touch()
            _forget_old()
    return Package(folder / ARCHIVE, folder / TEMPLATE)


def _build(folder: Path, stage: str) -> None:
    """Package; libraries are fetched anew only when what is required has changed.

    Those of an earlier package are the same, compiled: slimming and compiling them once more
    changes nothing.
    """
    required = b"".join((ROOT / name).read_bytes() for name in _REQUIRED)
    wanted = hashlib.sha256(sys.version.encode() + required).hexdigest()[:16]
    libraries = LIBRARIES / f"{stage}-{wanted}"
    if libraries.exists():
        folder.mkdir(parents=True, exist_ok=True)
        nothing = folder / "requirements.txt"
        nothing.touch()
        package(folder, stage=stage, requirements=nothing, vendor=libraries)
        return
    made = package(folder, stage=stage)
    for old in LIBRARIES.glob(f"{stage}-*"):
        shutil.rmtree(old, ignore_errors=True)
    part = libraries.with_suffix(".part")
    with ZipFile(made.archive) as archive:
        archive.extractall(part, [n for n in archive.namelist() if not n.startswith(_OURS)])
    part.rename(libraries)


def unzipped(made: Package) -> Path:
    """Return the folder of a package as Lambda has it."""
    folder = made.archive.parent / "task"
    with _alone("unzip"):
        if not folder.exists():
            part = folder.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)
            with ZipFile(made.archive) as archive:
                archive.extractall(part)
            part.rename(folder)
    return folder


def _fingerprint() -> str:
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted(p for source in _SOURCES for p in _files(ROOT / source)):
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    left_out = {"__pycache__", "deployments", "deployed"}
    yield from (p for p in path.rglob("*") if p.is_file() and not left_out & set(p.parts))


def _forget_old() -> None:
    versions = sorted(
        (p for p in CACHE.iterdir() if p.is_dir()), key=lambda p: p.stat().st_mtime, reverse=True
    )
    for old in versions[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """Let one process at a time build; the others find it done."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
