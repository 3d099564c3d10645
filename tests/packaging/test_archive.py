"""The archive that is deployed: for the right machine, small, compiled, the same every time."""

from __future__ import annotations

import ast
import struct
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile, ZipInfo

import pytest

from infra import archive
from infra.package import NOT_SHIPPED, ROOT, Package, PackagingFailed, architecture_of, package

BARE = [sys.executable, "-S", "-s"]
"""An interpreter that sees the standard library and PYTHONPATH, and nothing installed."""

IMPORT_ALL = """
import importlib, pkgutil, sys
import app, chalicelib
names = [m.name for m in pkgutil.walk_packages(chalicelib.__path__, "chalicelib.")]
for name in names:
    importlib.import_module(name)
outside = {
    m.__name__ for m in list(sys.modules.values())
    if "site-packages" in str(getattr(m, "__file__", None) or "")
}
assert not outside, outside
from botocore.session import get_session
for service in sys.argv[1:]:
    get_session().create_client(
        service, "eu-west-3", aws_access_key_id="x", aws_secret_access_key="x"
    )
print(len(names))
"""


def test_every_library_is_for_the_functions_own_machine(deployed: Package) -> None:
    found = archive.machines(deployed.archive)
    assert len(found) > 10
    assert set(found.values()) == {"arm64"}


def test_it_is_small_enough(deployed: Package) -> None:
    assert deployed.archive.stat().st_size <= archive.MAX_BYTES


def test_every_module_is_compiled_for_the_runtime(deployed: Package) -> None:
    tag = sys.implementation.cache_tag
    with ZipFile(deployed.archive) as opened:
        names = set(opened.namelist())
        header = opened.read(f"__pycache__/app.{tag}.pyc")[:8]
    sources = {n for n in names if n.endswith(".py")}
    compiled = {
        f"{Path(n).parent.as_posix()}/__pycache__/{Path(n).stem}.{tag}.pyc" for n in sources
    }
    assert {c.removeprefix("./") for c in compiled} <= names
    # PEP 552: hash-based, and not to be checked against the source.
    assert struct.unpack("<I", header[4:])[0] == 0b01


def test_nothing_lies_in_it_that_is_not_ours_to_ship(deployed: Package) -> None:
    with ZipFile(deployed.archive) as opened:
        tops = {n.split("/")[0] for n in opened.namelist()}
    assert not tops & {"tests", "local", "infra", "bench", "frontend", "boto3", "pip", ".chalice"}
    assert {"app.py", "chalice", "chalicelib"} <= tops


def test_packaging_again_gives_the_same_bytes(tmp_path: Path) -> None:
    """Of all that is ours; the libraries are fetched by their pinned versions."""
    nothing = tmp_path / "requirements.txt"
    nothing.touch()
    first, again = (
        package(tmp_path / name, stage="prod", requirements=nothing) for name in ("first", "again")
    )
    assert first.sha256 == again.sha256
    assert first.template.read_bytes() == again.template.read_bytes()


def test_when_and_in_which_order_files_were_packed_does_not_show(
    runnable: Package, tmp_path: Path
) -> None:
    with ZipFile(runnable.archive) as opened, ZipFile(tmp_path / "other.zip", "w") as other:
        for name in reversed(opened.namelist()):
            other.writestr(ZipInfo(name, (2026, 11, 25, 8, 30, 0)), opened.read(name))
    archive.slim(tmp_path / "other.zip", tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == runnable.archive.read_bytes()


def test_every_module_can_be_imported_from_the_unzipped_package_alone(task: Path) -> None:
    done = subprocess.run(
        [*BARE, "-c", IMPORT_ALL, *sorted(archive.SERVICES)],
        cwd=task,
        env={"PYTHONPATH": str(task), "PYTHONDONTWRITEBYTECODE": "1", "AWS_DEFAULT_REGION": "x"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 50


def test_the_models_that_stay_are_those_of_the_services_called() -> None:
    called = set()
    for path in (ROOT / "chalicelib").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr="create_client"),
                    args=[ast.Constant(value=str(name)), *_],
                ):
                    called.add(name)
    assert called | {"dynamodb"} == archive.SERVICES  # PynamoDB makes DynamoDB's client


def test_what_is_not_shipped_is_not_imported() -> None:
    imported = set()
    for path in (ROOT / "chalicelib").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            if isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.split(".")[0])
    assert imported & NOT_SHIPPED == {"chalice"}  # of which Chalice packs what runs


def test_a_library_for_another_machine_is_refused(tmp_path: Path) -> None:
    elf = b"\x7fELF" + bytes([2, 1]) + bytes(12) + struct.pack("<H", 62) + bytes(44)
    with ZipFile(tmp_path / "a.zip", "w") as made:
        made.writestr("lib/x.so", elf)
    with pytest.raises(archive.WrongArchive, match=r"lib/x\.so is for x86_64, not arm64"):
        archive.check(tmp_path / "a.zip", "arm64")


def test_too_big_an_archive_is_refused(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "a.zip", "w") as made:
        made.writestr("big", bytes(archive.MAX_BYTES))
    with pytest.raises(archive.WrongArchive, match="at most"):
        archive.check(tmp_path / "a.zip", "arm64")


def test_an_unreadable_module_is_refused(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "a.zip", "w") as made:
        made.writestr("lib/x.py", "def :")
    with pytest.raises(archive.WrongArchive, match="SyntaxError"):
        archive.slim(tmp_path / "a.zip", tmp_path / "b.zip")


def test_functions_of_two_architectures_are_refused() -> None:
    def function(machine: str) -> dict[str, object]:
        properties = {"Architectures": [machine]}
        return {"Type": "AWS::Serverless::Function", "Properties": properties}

    made = {"Resources": {"A": function("arm64"), "B": function("x86_64")}}
    with pytest.raises(PackagingFailed, match="one architecture"):
        architecture_of(made)


def test_a_library_that_cannot_be_had_fails_the_packaging(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chalice prints it and exits with 0."""
    missing = tmp_path / "requirements.txt"
    missing.write_text("relais-no-such-library==1.0\n", encoding="utf-8")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(PackagingFailed, match="relais-no-such-library"):
        package(tmp_path / "to", stage="check", requirements=missing)
    assert not (tmp_path / "to" / "deployment.zip").exists()
