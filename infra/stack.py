"""The stack of an account and region: what stands, what is changed, and why it couldn't be."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from itertools import takewhile
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError, WaiterError

STACK = "relais"
"""What the stack is called unless another name is given."""
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
LOOK_EVERY = 10
"""Seconds between two looks at what CloudFormation has come to."""
LOOKS = 360
"""An hour: a CDN takes some minutes."""
RUNBOOK = "docs/runbooks/deploying.md"
_NOTHING = "No updates are to be performed"
_ROLLED_BACK = "ROLLBACK_COMPLETE"
_STUCK = frozenset(
    {"CREATE_FAILED", "DELETE_FAILED", "ROLLBACK_FAILED", "UPDATE_FAILED", "UPDATE_ROLLBACK_FAILED"}
)


class CantDeploy(Exception):
    """It isn't done, or not all; the message tells a person what to do, in both languages."""

    def __init__(self, french: str, english: str, details: Sequence[str] = ()) -> None:
        super().__init__("\n".join([french, english, *(f"  {line}" for line in details)]))


class Stack:
    """One stack.

    Args:
        session: One of boto3, with credentials and a region.
        name: What the stack is called.
        look_every: Seconds between two looks at a change under way.
    """

    def __init__(self, session: Any, name: str, look_every: float = LOOK_EVERY) -> None:
        self.name = name
        self._look_every = look_every
        self._client = session.client("cloudformation")

    def outputs(self) -> dict[str, str] | None:
        """Return what the stack tells of itself; None if there is no such stack."""
        stack = self._described()
        return None if stack is None else _outputs(stack)

    def make_ready(self) -> dict[str, str] | None:
        """Return the outputs of a stack that can be updated; None if one must be created.

        What is left of a creation that failed holds nothing and can't be updated: it is
        deleted.

        Raises:
            CantDeploy: it is being changed by somebody else, or stuck.
        """
        stack = self._described()
        if stack is None:
            return None
        status = stack["StackStatus"]
        if status == _ROLLED_BACK:
            self._client.delete_stack(StackName=self.name)
            self._wait("stack_delete_complete")
            return None
        if status.endswith("_IN_PROGRESS"):
            raise CantDeploy(
                f"« {self.name} » est déjà en cours de changement ({status}) : relancez ensuite.",
                f'"{self.name}" is being changed already ({status}): run this again afterwards.',
            )
        if status in _STUCK:
            raise CantDeploy(
                f"« {self.name} » est bloquée ({status}) : voir {RUNBOOK}.",
                f'"{self.name}" is stuck ({status}): see {RUNBOOK}.',
            )
        return _outputs(stack)

    def apply(self, url: str, given: list[dict[str, Any]], *, is_new: bool) -> None:
        """Create or update the stack by the template at an address, and wait until it stands.

        Raises:
            CantDeploy: it was undone, and why; or it takes more than an hour.
        """
        call = self._client.create_stack if is_new else self._client.update_stack
        token = f"relais-{secrets.token_hex(8)}"
        try:
            call(
                StackName=self.name,
                TemplateURL=url,
                Parameters=given,
                Capabilities=CAPABILITIES,
                ClientRequestToken=token,
                # What is kept when a stack is deleted isn't when its creation is undone: names
                # that stay taken would be in the way of the next try.
                RetainExceptOnCreate=True,
            )
        except ClientError as error:
            if _NOTHING in str(error):
                return
            raise
        print("CloudFormation…", flush=True)
        try:
            self._wait("stack_create_complete" if is_new else "stack_update_complete")
        except WaiterError as error:
            raise self._failure(token, is_new=is_new) from error

    def _wait(self, until: str) -> None:
        config = {"Delay": self._look_every, "MaxAttempts": LOOKS}
        self._client.get_waiter(until).wait(StackName=self.name, WaiterConfig=config)

    def _failure(self, token: str, *, is_new: bool) -> CantDeploy:
        stack = self._described() or {"StackStatus": "DELETE_COMPLETE"}
        if stack["StackStatus"].endswith("_IN_PROGRESS"):
            return CantDeploy(
                "CloudFormation n'a pas fini en une heure : relancez quand ce sera fait.",
                "CloudFormation hasn't ended within an hour: run this again when it has.",
            )
        reasons = self._reasons(token) or [stack.get("StackStatusReason", stack["StackStatus"])]
        if is_new:
            return CantDeploy(
                "CloudFormation n'a pas pu tout créer et l'a défait. Corrigez ceci, puis relancez "
                "« make deploy » : le reste de cet essai est d'abord effacé.",
                "CloudFormation couldn't create everything and has undone it. Mend this, then "
                'run "make deploy" again: what is left of this try is deleted first.',
                reasons,
            )
        return CantDeploy(
            "CloudFormation n'a pas pu mettre à jour : ce qui était en place l'est encore. "
            "Corrigez ceci, puis relancez « make deploy ».",
            "CloudFormation couldn't update: what stood still stands. Mend this, then run "
            '"make deploy" again.',
            reasons,
        )

    def _reasons(self, token: str) -> list[str]:
        """Return why resources failed in the change with this token, first things first.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackEvent.html
        """
        pages = self._client.get_paginator("describe_stack_events").paginate(StackName=self.name)
        events = (event for page in pages for event in page["StackEvents"])  # the latest first
        own = takewhile(lambda e: e.get("ClientRequestToken") == token, events)
        said = [
            f"{e['LogicalResourceId']} ({e['ResourceType']}): {e.get('ResourceStatusReason', '')}"
            for e in own
            if e["ResourceStatus"].endswith("_FAILED")
            # those that were under way when another failed
            and "cancelled" not in e.get("ResourceStatusReason", "")
        ]
        return said[::-1]

    def _described(self) -> dict[str, Any] | None:
        try:
            (stack,) = self._client.describe_stacks(StackName=self.name)["Stacks"]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        found: dict[str, Any] = stack
        return found


def _outputs(stack: dict[str, Any]) -> dict[str, str]:
    return {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", ())}


def connect() -> Any:
    """Return a session of boto3 whose credentials AWS takes.

    Raises:
        CantDeploy: there are none, they are refused, or no region is set.
    """
    session = boto3.Session()
    if session.get_credentials() is None:
        raise CantDeploy(
            "Pas d'identifiants AWS sur cette machine : lancez « aws configure », ou donnez "
            "AWS_ACCESS_KEY_ID et AWS_SECRET_ACCESS_KEY. Sans AWS, « make run » suffit.",
            'No AWS credentials on this machine: run "aws configure", or set '
            'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. Without AWS, "make run" is enough.',
        )
    if not session.region_name:
        raise CantDeploy(
            "Aucune région AWS n'est choisie : AWS_DEFAULT_REGION=eu-west-3 make deploy",
            "No AWS region is set: AWS_DEFAULT_REGION=eu-west-3 make deploy",
        )
    try:
        session.client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise CantDeploy(
            f"AWS ne reconnaît pas ces identifiants, ou ne répond pas : {error}",
            f"AWS doesn't take these credentials, or doesn't answer: {error}",
        ) from error
    return session
