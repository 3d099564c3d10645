"""Lambda's entry points: the HTTP API, the scheduled functions and the queue's."""

from __future__ import annotations

import logging
import os
from typing import Any

from chalice.app import Chalice, Rate

app = Chalice(app_name="relais", configure_logs=False)
# Chalice logs tracebacks, which may quote what a person typed; ours are logged by allow-list.
app.log = logging.getLogger("relais.chalice")
app.log.disabled = True
if os.environ.get("_HANDLER", "app.app") == "app.app":
    # Lambda names the function that this process is: the others know no routes, whose models
    # are most of a cold start.
    from chalicelib.api.blueprints import ALL
    from chalicelib.api.edge import guard

    app.register_middleware(guard, "http")
    for blueprint in ALL:
        app.register_blueprint(blueprint)

QUEUE = "arn:aws:sqs:eu-west-3:000000000000:relais-work"
"""A placeholder that the template in ``infra/`` replaces by its own queue."""


@app.schedule(Rate(1, unit=Rate.MINUTES))
def publish_due(_: Any) -> None:
    """Send to the queue what falls due within two ticks."""
    from chalicelib import bootstrap, jobs  # noqa: PLC0415 -- each function loads what it needs

    world = bootstrap.world()
    with jobs.wordless("publish_due"):
        jobs.publish_due(world)


@app.schedule(Rate(5, unit=Rate.MINUTES))
def poll_mentions(_: Any) -> None:
    """Send to the queue the sources that are due to be read."""
    from chalicelib import bootstrap, jobs  # noqa: PLC0415 -- each function loads what it needs

    world = bootstrap.world()
    with jobs.wordless("poll_mentions"):
        jobs.poll_mentions(world)


@app.schedule(Rate(5, unit=Rate.MINUTES))
def aggregate_metrics(_: Any) -> None:
    """Send to the queue what is due to be counted."""
    from chalicelib import bootstrap, jobs  # noqa: PLC0415 -- each function loads what it needs

    world = bootstrap.world()
    with jobs.wordless("aggregate_metrics"):
        jobs.aggregate_metrics(world)


@app.schedule(Rate(5, unit=Rate.MINUTES))
def keep_house(_: Any) -> None:
    """Do what may wait some minutes: secrets to forget."""
    from chalicelib import bootstrap, jobs  # noqa: PLC0415 -- each function loads what it needs

    world = bootstrap.world()
    with jobs.wordless("keep_house"):
        jobs.keep_house(world)


@app.on_sqs_message(queue_arn=QUEUE, batch_size=10, maximum_concurrency=2)
def work(event: Any) -> dict[str, list[dict[str, str]]]:
    """Work a batch of messages; those that failed are received again."""
    from chalicelib import bootstrap, jobs  # noqa: PLC0415 -- each function loads what it needs

    records = list(event)
    world = bootstrap.world()
    with jobs.wordless("work"):
        failed = jobs.work(world, [record.body for record in records])
    ids = [records[n].to_dict()["messageId"] for n in failed]
    return {"batchItemFailures": [{"itemIdentifier": each} for each in ids]}
