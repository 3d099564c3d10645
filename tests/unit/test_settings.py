"""The environment is read once and refused where it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalicelib.settings import MailKind, Mode, SettingsError, load

CLOUD = {
    "AWS_LAMBDA_FUNCTION_NAME": "api",
    "RELAIS_PUBLIC_URL": "https://relais.example",
    "RELAIS_TABLE_PREFIX": "relais-prod",
    "RELAIS_ROOT_KEY_PARAMETER": "/relais/root",
    "RELAIS_APPS_PARAMETER": "/relais/apps",
    "RELAIS_BUCKET": "relais-media",
    "RELAIS_ORIGIN_SECRET": "s" * 40,
    "RELAIS_MAIL_FROM": "Relais <relais@relais.example>",
}


def test_one_machine_needs_nothing_set() -> None:
    settings = load({})
    assert settings.mode is Mode.LOCAL
    assert settings.mail.kind is MailKind.FOLDER
    assert settings.mail.folder == Path(".relais/mail")
    assert settings.origins == {"http://127.0.0.1:8000", "http://localhost:8000"}
    assert not settings.is_https
    assert not settings.dev_key


def test_the_cloud_says_what_it_is() -> None:
    settings = load(CLOUD)
    assert settings.mode is Mode.LAMBDA
    assert settings.mail.kind is MailKind.SES
    assert settings.origins == {"https://relais.example"}
    assert settings.is_https


@pytest.mark.parametrize("name", [n for n in CLOUD if n != "AWS_LAMBDA_FUNCTION_NAME"])
def test_the_cloud_refuses_what_is_missing(name: str) -> None:
    with pytest.raises(SettingsError):
        load({k: v for k, v in CLOUD.items() if k != name})


@pytest.mark.parametrize(
    "wrong",
    [
        {"RELAIS_DEV_KEY": "k" * 40},
        {"RELAIS_ALLOW_HOSTS": "127.0.0.1:8080"},
        {"RELAIS_STAND_INS": "https://api.example=http://127.0.0.1:8080"},
        {"RELAIS_DYNAMODB_URL": "http://127.0.0.1:9"},
        {"RELAIS_PUBLIC_URL": "http://relais.example"},
        {"RELAIS_MAIL": "folder"},
        {"RELAIS_MAIL": "pigeon"},
        {"RELAIS_MAIL": "smtp"},
    ],
    ids=str,
)
def test_the_cloud_refuses_what_is_for_one_machine(wrong: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        load({**CLOUD, **wrong})


@pytest.mark.parametrize(
    "wrong",
    [
        {"RELAIS_DEV_KEY": "k" * 31},
        {"RELAIS_PUBLIC_URL": "relais.example"},
        {"RELAIS_PUBLIC_URL": "javascript:alert(1)"},
        {"RELAIS_MAIL": "smtp", "RELAIS_MAIL_FROM": "x@example.org"},
        {"RELAIS_SMTP_PORT": "mail"},
        {"RELAIS_STAND_INS": "https://api.example"},
    ],
    ids=str,
)
def test_one_machine_refuses_what_is_malformed(wrong: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        load(wrong)


def test_test_servers_stand_in_for_networks() -> None:
    settings = load({"RELAIS_STAND_INS": "https://a.example=http://127.0.0.1:1 https://b=http://c"})
    assert settings.stand_ins == {
        "https://a.example": "http://127.0.0.1:1",
        "https://b": "http://c",
    }


def test_secrets_are_not_shown() -> None:
    settings = load(
        {
            "RELAIS_DEV_KEY": "canary" * 6,
            "RELAIS_MAIL": "smtp",
            "RELAIS_MAIL_FROM": "x@example.org",
            "RELAIS_SMTP_HOST": "localhost",
            "RELAIS_SMTP_PASSWORD": "canary",
            "RELAIS_ALLOW_HOSTS": "127.0.0.1:1, 127.0.0.1:2",
        }
    )
    assert "canary" not in f"{settings!r} {settings.mail!r}"
    assert settings.allow_hosts == {"127.0.0.1:1", "127.0.0.1:2"}
