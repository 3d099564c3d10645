"""The template: right as CloudFormation will see it, and as the application needs it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from app import app
from chalicelib.api.access import ORIGIN_HEADER
from chalicelib.settings import load
from chalicelib.store.tables import CORE, SYS, TABLES, VAULT
from infra import template as infra_template
from infra.package import REGION, ROOT, Package
from local.pages import HEADERS, TYPES
from tests.packaging.permissions import Stack

FREE_ALARMS = 10
"""https://aws.amazon.com/cloudwatch/pricing/: a month, and all of them are used."""
PARAMETERS = {
    "PublicUrl": "https://relais.example",
    "OriginSecret": "s" * 40,
    "MailSender": "relais@example.test",
    "MailIdentity": "example.test",
}
Template = dict[str, Any]
Change = Callable[[Template], object]


def resources(template: Template, kind: str) -> dict[str, Any]:
    return {k: r for k, r in template["Resources"].items() if r["Type"] == kind}


def properties(template: Template, name: str) -> Any:
    return template["Resources"][name]["Properties"]


def test_it_can_be_deployed(template: Template) -> None:
    assert infra_template.faults(template, REGION) == []


def mistype(template: Template) -> None:
    source = properties(template, "Work")["Events"]["WorkSqsEventSource"]["Properties"]
    source["FunctionResponseTypes"] = ["ReportBatchItemFailure"]


def refer_to_nothing(template: Template) -> None:
    template["Globals"]["Function"]["Environment"]["Variables"]["X"] = {"Ref": "NoSuchThing"}


def let_in_one(template: Template) -> None:
    source = properties(template, "Work")["Events"]["WorkSqsEventSource"]["Properties"]
    source["ScalingConfig"]["MaximumConcurrency"] = 1


def see_again_too_soon(template: Template) -> None:
    properties(template, "WorkQueue")["VisibilityTimeout"] = 30


def forget_the_schedule(template: Template) -> None:
    properties(template, "PublishDue")["Events"]["PublishDueEvent"]["Properties"] = {}


@pytest.mark.parametrize(
    "seed", [mistype, refer_to_nothing, let_in_one, see_again_too_soon, forget_the_schedule]
)
def test_a_fault_is_found(template: Template, seed: Change) -> None:
    wrong = copy.deepcopy(template)
    seed(wrong)
    assert infra_template.faults(wrong, REGION) != []


def test_the_functions_are_there_with_their_limits(template: Template) -> None:
    found = infra_template.functions(template)
    assert {n: (f["Timeout"], f["MemorySize"]) for n, f in found.items()} == {
        "APIHandler": (29, 512),
        "AggregateMetrics": (60, 256),
        "KeepHouse": (60, 256),
        "PollMentions": (60, 256),
        "PublishDue": (60, 256),
        "Work": (60, 512),
    }
    assert all(f["Architectures"] == ["arm64"] for f in found.values())


def test_the_environment_is_what_the_settings_need(template: Template) -> None:
    stack = Stack(template, "relais", PARAMETERS)
    for function in infra_template.functions(template):
        given = stack.environment(function)
        settings = load({**given, "AWS_LAMBDA_FUNCTION_NAME": function, "AWS_REGION": REGION})
        assert settings.public_url == "https://relais.example"
        assert settings.queue_url == stack.queue_url
        assert settings.origin_secret == PARAMETERS["OriginSecret"]
        assert settings.mail.sender == "Relais <relais@example.test>"


def test_the_tables_are_those_of_the_store(template: Template) -> None:
    stack = Stack(template, "relais", PARAMETERS)
    found = {
        stack.resolve(t["Properties"]["TableName"])
        for t in resources(template, "AWS::DynamoDB::Table").values()
    }
    assert found == {f"relais-{table.name}" for table in TABLES}
    assert {CORE.name, VAULT.name, SYS.name} == {"core", "vault", "sys"}


def test_a_missed_tick_is_not_made_up_for(template: Template) -> None:
    """An old tick would find what the next one finds, later."""
    told = properties(template, "PublishDue")["EventInvokeConfig"]
    assert told == {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}


def test_a_message_is_not_seen_again_while_it_is_worked(template: Template) -> None:
    queue = properties(template, "WorkQueue")
    function = properties(template, "Work")
    receives = queue["RedrivePolicy"]["maxReceiveCount"]
    assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]
    assert queue["MessageRetentionPeriod"] > receives * queue["VisibilityTimeout"]
    source = function["Events"]["WorkSqsEventSource"]["Properties"]
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["Queue"] == {"Fn::GetAtt": ["WorkQueue", "Arn"]}


def test_the_bucket_is_private_and_forgets_uploads(template: Template) -> None:
    bucket = properties(template, "Bucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    rules = bucket["LifecycleConfiguration"]["Rules"]
    assert {
        "Id": "uploads",
        "Status": "Enabled",
        "Prefix": "uploads/",
        "ExpirationInDays": 1,
    } in rules
    (cors,) = bucket["CorsConfiguration"]["CorsRules"]
    assert cors["AllowedOrigins"] == [{"Ref": "PublicUrl"}]


def test_alarms_are_free_and_name_a_runbook_that_exists(template: Template) -> None:
    alarms = resources(template, "AWS::CloudWatch::Alarm")
    assert len(alarms) == FREE_ALARMS
    for alarm in alarms.values():
        told = alarm["Properties"]
        runbook = told["AlarmDescription"].rpartition("(")[2].removesuffix(").")
        assert (ROOT / runbook).is_file(), runbook
        assert told["AlarmActions"] == [{"Ref": "AlarmTopic"}]


def test_every_function_logs_where_logs_are_forgotten(template: Template) -> None:
    for function in infra_template.functions(template).values():
        logs = function["LoggingConfig"]
        group = properties(template, logs["LogGroup"]["Ref"])
        assert group["RetentionInDays"] <= 30
        assert logs["SystemLogLevel"] == "WARN"


def behaviours(template: Template) -> dict[str, Any]:
    distribution = properties(template, "Cdn")["DistributionConfig"]
    return {b["PathPattern"]: b for b in distribution["CacheBehaviors"]}


def test_the_cdn_leads_to_every_route(template: Template) -> None:
    patterns = behaviours(template)
    outside = {path for path in app.routes if not path.startswith("/v1/")}
    needed = {f"/{path.split('/')[1]}/*" for path in outside}
    to_public = {p for p, b in patterns.items() if b["TargetOriginId"] == "public"}
    assert to_public == needed
    assert patterns["/api/*"]["TargetOriginId"] == "api"
    assert set(patterns) == needed | {"/api/*", "/media/*"}


def test_the_cdn_shows_the_api_its_secret(template: Template) -> None:
    origins = properties(template, "Cdn")["DistributionConfig"]["Origins"]
    to_api = {o["Id"]: o for o in origins if "CustomOriginConfig" in o}
    assert set(to_api) == {"api", "public"}
    for origin in to_api.values():
        (header,) = origin["OriginCustomHeaders"]
        assert header["HeaderName"].lower() == ORIGIN_HEADER
        assert header["HeaderValue"] == {"Ref": "OriginSecret"}
    assert to_api["public"]["OriginPath"] == f"/{properties(template, 'RestAPI')['StageName']}"


def test_the_pages_have_the_headers_that_they_have_locally(template: Template) -> None:
    config = properties(template, "PagesHeaders")["ResponseHeadersPolicyConfig"]
    custom = {i["Header"]: i["Value"] for i in config["CustomHeadersConfig"]["Items"]}
    security = config["SecurityHeadersConfig"]
    policy = security["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Sub"]
    bucket = " https://${Bucket.RegionalDomainName}"
    assert policy.replace(bucket, "") == HEADERS["Content-Security-Policy"]
    assert policy.count(bucket) == 1
    said = {
        **custom,
        "Content-Security-Policy": HEADERS["Content-Security-Policy"],
        "Referrer-Policy": security["ReferrerPolicy"]["ReferrerPolicy"],
        "X-Frame-Options": security["FrameOptions"]["FrameOption"],
        "X-Content-Type-Options": "nosniff" if "ContentTypeOptions" in security else "",
    }
    assert said == dict(HEADERS)


def test_media_can_only_be_looked_at(template: Template) -> None:
    config = properties(template, "MediaHeaders")["ResponseHeadersPolicyConfig"]
    security = config["SecurityHeadersConfig"]
    assert security["ContentSecurityPolicy"]["ContentSecurityPolicy"].startswith("sandbox")
    assert security["ContentTypeOptions"] == {"Override": True}
    assert behaviours(template)["/media/*"]["ResponseHeadersPolicyId"] == {"Ref": "MediaHeaders"}


def test_a_page_of_its_own_address_is_the_one_page(template: Template) -> None:
    code = properties(template, "PageAddress")["FunctionCode"]
    for suffix in TYPES:
        assert suffix.removeprefix(".") in code
    assert "/index.html" in code


def test_it_stays_far_from_cloudformation_s_limit(deployed: Package) -> None:
    """1 MB: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html."""
    compact = json.dumps(json.loads(deployed.template.read_text(encoding="utf-8")))
    assert len(compact) < 500_000
