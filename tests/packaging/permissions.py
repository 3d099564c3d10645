"""What the packaged template allows each function: its role's policy, by IAM's rules.

Only what the policies here use: Allow, exact actions, `*` at the end of a resource, and
StringEquals. Anything else in a policy is an error, so that none is taken for more than it is.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Template = dict[str, Any]
REGION = "eu-west-3"
ACCOUNT = "123456789012"
ROLES = {
    "APIHandler": "ApiHandlerRole",
    "AggregateMetrics": "AggregateMetricsRole",
    "KeepHouse": "KeepHouseRole",
    "PollMentions": "PollMentionsRole",
    "PublishDue": "PublishDueRole",
    "Work": "WorkRole",
}
_KNOWN = {"Sid", "Effect", "Action", "Resource", "Condition"}


class Stack:
    """A stack of the template as it would stand, with the names that AWS would give it."""

    def __init__(self, template: Template, name: str, parameters: Mapping[str, str]) -> None:
        self.name = name
        self.bucket = f"{name}-bucket"
        self.queue_url = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}-work"
        self.queue_arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}-work"
        self._template = template
        self._refs = {
            **parameters,
            "AWS::StackName": name,
            "AWS::Region": REGION,
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "WorkQueue": self.queue_url,
            "Bucket": self.bucket,
        }
        self._arns = {
            "WorkQueue": self.queue_arn,
            "Bucket": f"arn:aws:s3:::{self.bucket}",
            **{
                logical: self.table_arn(self.resolve(table["Properties"]["TableName"]))
                for logical, table in template["Resources"].items()
                if table["Type"] == "AWS::DynamoDB::Table"
            },
            **{
                logical: f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{logical}:*"
                for logical, group in template["Resources"].items()
                if group["Type"] == "AWS::Logs::LogGroup"
            },
        }

    def table_arn(self, table: str) -> str:
        """Return the ARN of a table."""
        return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}"

    def environment(self, function: str) -> dict[str, str]:
        """Return the variables that a function is given."""
        own = self._template["Resources"][function]["Properties"].get("Environment", {})
        everybody = self._template["Globals"]["Function"]["Environment"]["Variables"]
        given = {**everybody, **own.get("Variables", {})}
        return {name: self.resolve(value) for name, value in given.items()}

    def policy(self, function: str) -> Policy:
        """Return what a function may do."""
        policies = self._template["Resources"][ROLES[function]]["Properties"]["Policies"]
        statements = [
            Statement(
                frozenset(said["Action"]),
                tuple(self.resolve(r) for r in said["Resource"]),
                {k: self.resolve(v) for k, v in _equal(said).items()},
            )
            for policy in policies
            for said in policy["PolicyDocument"]["Statement"]
        ]
        return Policy(tuple(statements))

    def resolve(self, value: Any) -> str:
        """Return what an intrinsic function of the template comes to."""
        if isinstance(value, str):
            return value
        ((function, said),) = value.items()
        if function == "Ref":
            return self._refs[said]
        if function == "Fn::GetAtt":
            logical, attribute = said
            assert attribute == "Arn", said
            return self._arns[logical]
        assert function == "Fn::Sub", function
        return re.sub(r"\$\{([^}]+)\}", lambda m: self._substituted(m[1]), said)

    def _substituted(self, name: str) -> str:
        logical, _, attribute = name.partition(".")
        return self.resolve({"Fn::GetAtt": [logical, attribute]} if attribute else {"Ref": name})


@dataclass(frozen=True, slots=True)
class Statement:
    """One permission."""

    actions: frozenset[str]
    resources: tuple[str, ...]
    equal: Mapping[str, str]

    def allows(self, action: str, resource: str, context: Mapping[str, str]) -> bool:
        """Say whether it allows this."""
        is_meant = action in self.actions and any(_matches(r, resource) for r in self.resources)
        return is_meant and all(context.get(k) == v for k, v in self.equal.items())


@dataclass(frozen=True, slots=True)
class Policy:
    """All permissions of a function."""

    statements: tuple[Statement, ...]

    def allows(self, action: str, resource: str, context: Mapping[str, str] | None = None) -> bool:
        """Say whether any of them allows this."""
        return any(s.allows(action, resource, context or {}) for s in self.statements)

    @property
    def pairs(self) -> set[tuple[str, str]]:
        """All actions, each with each resource it is allowed on."""
        return {(a, r) for s in self.statements for a in s.actions for r in s.resources}


def _equal(said: Mapping[str, Any]) -> Mapping[str, Any]:
    assert set(said) <= _KNOWN, said
    assert said["Effect"] == "Allow", said
    condition: dict[str, Any] = said.get("Condition", {"StringEquals": {}})
    assert list(condition) == ["StringEquals"], said
    equal: Mapping[str, Any] = condition["StringEquals"]
    return equal


def _matches(pattern: str, resource: str) -> bool:
    if pattern.endswith("*"):
        return resource.startswith(pattern[:-1])
    return pattern == resource
