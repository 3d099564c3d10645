"""How long a cold start takes: each function's imports and first client, and the zip's size.

Each is a fresh interpreter that sees the unzipped package alone, as Lambda's does, beside bare
boto3 with a DynamoDB client in the same run: the same machine, the same minute. Processor time
is measured, which a busy machine stretches least. What Lambda adds (fetching the zip, starting
the sandbox) isn't in it, and its smaller functions have a fraction of a processor.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

from infra.package import ROOT, package

RUNS = 7
FIRST = {
    "publish_due": "world.dispatcher",
    "poll_mentions": "world.sweeper",
    "aggregate_metrics": "world.sweeper",
    "work": "world.receiver",
    "work, a source to read": "world.poller",
    "work, figures to read": "world.measurer",
    "keep_house": "world.forgetting",
    "api": "world.sessions, world.members",
}
"""What each function makes of the world at its first event, or at its first one of a kind."""
_TIMED = """
import time
begun = time.process_time()
{code}
print(time.process_time() - begun)
"""
_FUNCTION = """
import os
from dataclasses import replace
import app
from chalicelib import bootstrap, jobs
from chalicelib.settings import load

def root_key():  # as in service, short of asking SSM
    from botocore.session import get_session
    get_session().create_client("ssm", "eu-west-3")
    return bytes(32)

parts = replace(bootstrap.cloud_parts(load(os.environ)), root_key=root_key)
world = bootstrap.World(parts)
{first}
world.store.connection.client
"""
_BARE = "import boto3\nboto3.client('dynamodb')"
_ENVIRONMENT = {
    "AWS_LAMBDA_FUNCTION_NAME": "bench",
    "AWS_REGION": "eu-west-3",
    "AWS_DEFAULT_REGION": "eu-west-3",
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
    "PYTHONDONTWRITEBYTECODE": "1",
    "RELAIS_PUBLIC_URL": "https://relais.example",
    "RELAIS_TABLE_PREFIX": "relais",
    "RELAIS_QUEUE_URL": "https://sqs.eu-west-3.amazonaws.com/0/relais",
    "RELAIS_BUCKET": "relais",
    "RELAIS_ROOT_KEY_PARAMETER": "/relais/root-key",
    "RELAIS_APPS_PARAMETER": "/relais/apps",
    "RELAIS_ORIGIN_SECRET": "s" * 40,
    "RELAIS_MAIL_FROM": "relais@example.test",
}


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured, in milliseconds and bytes."""

    bare: float
    """boto3 and a DynamoDB client."""
    functions: dict[str, float]
    zip_bytes: int
    runs: int


def measure(
    zip_file: Path, task: Path, bare_path: Sequence[str], runs: int, order: Sequence[str]
) -> Figures:
    """Return the medians of so many runs, taken in turn so that a busy moment hits all alike."""
    codes = {name: _FUNCTION.format(first=FIRST[name]) for name in order}
    handlers = {"api": "app.app"}
    taken: dict[str, list[float]] = {name: [] for name in ("bare", *codes)}
    for _ in range(runs):
        taken["bare"].append(_seconds(_BARE, bare_path, ""))
        for name, code in codes.items():
            function = name.partition(",")[0]
            handler = handlers.get(function, f"app.{function}")
            taken[name].append(_seconds(code, [str(task)], handler))
    medians = {name: statistics.median(times) * 1000 for name, times in taken.items()}
    bare = medians.pop("bare")
    return Figures(bare, medians, zip_file.stat().st_size, runs)


def main(say: Callable[[str], None] = print, runs: int = RUNS) -> Figures:
    """Package for this machine, measure, and say the figures."""
    with tempfile.TemporaryDirectory() as folder:
        made = package(Path(folder), stage="check", say=say)
        task = Path(folder) / "task"
        with ZipFile(made.archive) as archive:
            archive.extractall(task)
        sites = [p for p in sys.path if p.endswith("site-packages")]
        figures = measure(made.archive, task, sites, runs, list(FIRST))
    say(f"\nCold start, median of {figures.runs}: imports and the first client, in ms of CPU")
    say(f"  {'bare boto3 + DynamoDB client':32}{figures.bare:6.0f}")
    for name, milliseconds in figures.functions.items():
        times = milliseconds / figures.bare
        say(f"  {name:32}{milliseconds:6.0f}  x {times:.2f}")
    say(f"  zip                             {figures.zip_bytes / 1e6:6.1f} MB")
    return figures


def _seconds(code: str, path: Sequence[str], handler: str) -> float:
    done = subprocess.run(
        [sys.executable, "-S", "-s", "-c", _TIMED.format(code=code)],
        cwd=ROOT.anchor,
        env={**_ENVIRONMENT, "PYTHONPATH": ":".join(path), "_HANDLER": handler},
        capture_output=True,
        text=True,
        check=True,
    )
    seconds: float = json.loads(done.stdout.splitlines()[-1])
    return seconds


if __name__ == "__main__":
    main()
