"""Each function may do what it does, and no more: what the hand-written policies say."""

from __future__ import annotations

from typing import Any

import pytest

from tests.packaging.permissions import ROLES, Stack
from tests.packaging.test_template import PARAMETERS

WRITES = {"PutItem", "DeleteItem", "UpdateItem"}
FUNCTIONS = sorted(ROLES)


@pytest.fixture
def stack(template: dict[str, Any]) -> Stack:
    return Stack(template, "relais", PARAMETERS)


def tables(stack: Stack, function: str, table: str) -> set[str]:
    """Return what a function may do with a table."""
    arn = stack.table_arn(f"relais-{table}")
    return {a.partition(":")[2] for a, r in stack.policy(function).pairs if r.startswith(arn)}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_permission_is_wider_than_a_name(stack: Stack, function: str) -> None:
    for action, resource in stack.policy(function).pairs:
        assert "*" not in action
        assert resource.startswith("arn:aws:"), resource
        widest = ("/uploads/*", "/media/*", "/media/passing/*", ":*")
        assert "*" not in resource or resource.endswith(widest), resource
        if resource.endswith(":*"):  # the streams of a log group
            assert action in {"logs:CreateLogStream", "logs:PutLogEvents"}


def test_only_who_needs_tokens_reaches_the_vault(stack: Stack) -> None:
    reached = {f: tables(stack, f, "vault") for f in FUNCTIONS}
    assert reached == {
        "APIHandler": {"GetItem", "PutItem", "DeleteItem"},  # connects, tests, disconnects
        "AggregateMetrics": set(),
        "KeepHouse": {"DeleteItem"},  # forgets
        "PollMentions": set(),
        "PublishDue": set(),
        "Work": {"GetItem", "PutItem"},  # signs in, keeps refreshed tokens
    }


def test_nobody_scans_or_changes_a_table(stack: Stack) -> None:
    allowed = {a for f in FUNCTIONS for a, _ in stack.policy(f).pairs if a.startswith("dynamodb:")}
    reads = {"BatchGetItem", "GetItem", "Query"}
    items = reads | {"BatchWriteItem", "DeleteItem", "PutItem", "UpdateItem"}
    assert {a.partition(":")[2] for a in allowed} <= items


@pytest.mark.parametrize("tick", ["AggregateMetrics", "PollMentions", "PublishDue"])
def test_a_tick_only_reads_what_is_due_and_sends(stack: Stack, tick: str) -> None:
    own = {p for p in stack.policy(tick).pairs if not p[0].startswith("logs:")}
    due = stack.table_arn("relais-core") + "/index/due"
    assert own == {("dynamodb:Query", due), ("sqs:SendMessage", stack.queue_arn)}


def test_mail_leaves_from_the_one_address(stack: Stack) -> None:
    identity = "arn:aws:ses:eu-west-3:123456789012:identity/example.test"
    own, other = "relais@example.test", "boss@example.test"
    for function in ("APIHandler", "Work"):
        policy = stack.policy(function)
        assert policy.allows("ses:SendRawEmail", identity, {"ses:FromAddress": own})
        assert not policy.allows("ses:SendRawEmail", identity, {"ses:FromAddress": other})
    for function in ("AggregateMetrics", "KeepHouse", "PollMentions", "PublishDue"):
        assert not any(a.startswith("ses:") for a, _ in stack.policy(function).pairs)


def test_each_function_writes_its_own_log(stack: Stack) -> None:
    written = {
        f: {r for a, r in stack.policy(f).pairs if a == "logs:PutLogEvents"} for f in FUNCTIONS
    }
    assert len({next(iter(r)) for r in written.values()}) == len(FUNCTIONS)
    assert all(len(r) == 1 for r in written.values())
