"""Schemas are built late, and all at once before threads share them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = """
import os
os.environ["_HANDLER"] = "app.app"
import app
from pydantic import BaseModel
from chalicelib.api.building import build_all

def left(base):
    for model in base.__subclasses__():
        if model.__module__.startswith("chalicelib.api") and not model.__pydantic_complete__:
            yield model.__name__
        yield from left(model)

before = len(set(left(BaseModel)))
build_all()
print(before > 100, sorted(left(BaseModel)))
"""


def test_no_schema_is_built_at_import_and_none_is_left_after() -> None:
    run = [sys.executable, "-c", CODE]
    done = subprocess.run(run, cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "True []"
