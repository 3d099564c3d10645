"""Make the Lambda archive and the template: `python -m infra.package [--stage prod] [--to build]`.

Chalice packages from a fresh copy of what ships. So its cache, which gives back an old archive
after a rename, is always empty, and nothing that happens to lie about gets in.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra import archive, template

ROOT = Path(__file__).resolve().parent.parent
REGION = "eu-west-3"
"""Paris; a deployment names its own."""
ARCHIVE = "deployment.zip"
TEMPLATE = "sam.json"
NOT_SHIPPED = frozenset({"boto3", "chalice"})
"""Chalice packs the two files of it that run; botocore alone is called, never boto3."""
ARCHITECTURES = frozenset({"arm64", "x86_64"})
_MISSING = "Could not install dependencies"
"""What Chalice prints, and then exits with 0."""
_CHALICE = "import sys; from chalice.cli import main; sys.exit(main())"
"""Its command names the folder that the environment was made in: it may have been moved."""


class PackagingFailed(Exception):
    """There is no archive that may be deployed; the message says why."""


@dataclass(frozen=True, slots=True)
class Package:
    """What was made."""

    archive: Path
    template: Path

    @property
    def sha256(self) -> str:
        """The hash of the archive."""
        return hashlib.sha256(self.archive.read_bytes()).hexdigest()


def package(
    to: Path,
    *,
    stage: str,
    region: str = REGION,
    requirements: Path = ROOT / "requirements.txt",
    vendor: Path | None = None,
    say: Callable[[str], None] = print,
) -> Package:
    """Make the archive and the template of a stage, checked; the same again gives the same.

    Args:
        to: The folder to put them in.
        stage: One of `.chalice/config.json`.
        region: Where it is to be deployed: not every region has every kind of resource.
        requirements: What the application needs.
        vendor: A folder of libraries that are packed as they are.
        say: Is told what is being done.

    Raises:
        PackagingFailed: a dependency, the archive or the template isn't as it must be.
    """
    to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "relais"
        stage_copy(ROOT, copy, requirements)
        if vendor is not None:
            (copy / "vendor").symlink_to(vendor)
        say(f"{stage}: Chalice packs, with the libraries it fetches (half a minute)…")
        packed = _chalice(copy, stage)
        made = json.loads((packed / TEMPLATE).read_text(encoding="utf-8"))
        say("Slimming, compiling, checking…")
        try:
            archive.slim(packed / ARCHIVE, to / ARCHIVE)
            archive.check(to / ARCHIVE, architecture_of(made))
        except archive.WrongArchive as error:
            raise PackagingFailed(str(error)) from error
    if found := template.faults(made, region):
        raise PackagingFailed("The template can't be deployed:\n" + "\n".join(found))
    (to / TEMPLATE).write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
    return Package(to / ARCHIVE, to / TEMPLATE)


def stage_copy(root: Path, to: Path, requirements: Path) -> None:
    """Copy what ships, and nothing else, to where Chalice packs it from."""
    ignore = shutil.ignore_patterns("__pycache__", "deployments", "deployed")
    for folder in ("chalicelib", ".chalice"):
        shutil.copytree(root / folder, to / folder, ignore=ignore)
    for file in ("app.py", "constraints.txt"):
        shutil.copy(root / file, to)
    wanted = requirements.read_text(encoding="utf-8").splitlines()
    shipped = [line for line in wanted if line.split("==")[0] not in NOT_SHIPPED]
    (to / "requirements.txt").write_text("\n".join(shipped) + "\n", encoding="utf-8")
    extra = json.dumps(template.extra(), indent=2)
    (to / "resources.json").write_text(extra, encoding="utf-8")


def architecture_of(made: template.Template) -> str:
    """Return the one architecture that all functions of a template are declared for.

    Raises:
        PackagingFailed: they aren't of one.
    """
    declared = {tuple(f["Architectures"]) for f in template.functions(made).values()}
    if len(declared) != 1 or not (only := declared.pop()) or only[0] not in ARCHITECTURES:
        raise PackagingFailed(f"The functions aren't of one architecture: {declared}")
    return str(only[0])


def _chalice(copy: Path, stage: str) -> Path:
    out = copy / "out"
    words = ["package", "--stage", stage, "--merge-template", "resources.json", str(out)]
    done = subprocess.run(  # noqa: S603 (our own words)
        [sys.executable, "-c", _CHALICE, *words],
        cwd=copy,
        env={**os.environ, "AWS_DEFAULT_REGION": REGION, "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0 or _MISSING in done.stdout:
        raise PackagingFailed(f"Chalice didn't package:\n{done.stdout.strip()}")
    return out


def _main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.package", description=__doc__)
    parser.add_argument("--stage", default="prod", help="a stage of .chalice/config.json")
    parser.add_argument("--to", type=Path, default=ROOT / "build", help="where to put them")
    asked = parser.parse_args(words)
    try:
        made = package(asked.to, stage=asked.stage)
    except PackagingFailed as error:
        print(error, file=sys.stderr)
        return 1
    size = made.archive.stat().st_size
    print(f"{made.archive}  {size / 1e6:.1f} MB  sha256 {made.sha256}\n{made.template}")
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
