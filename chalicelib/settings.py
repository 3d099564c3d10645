"""The one reader of the environment: what this installation is, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

DEV_KEY_LENGTH = 32


class SettingsError(Exception):
    """The environment doesn't say what it must, or says what it must not."""


class Mode(StrEnum):
    """Where this process runs."""

    LOCAL = "local"
    LAMBDA = "lambda"


class MailKind(StrEnum):
    """How mail leaves."""

    SES = "ses"
    SMTP = "smtp"
    FOLDER = "folder"
    """One file for each mail, for who tries it out on one machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """How mail leaves, and from whom."""

    kind: MailKind
    sender: str
    host: str = ""
    port: int = 587
    user: str = ""
    password: str = ""
    is_plain: bool = False
    """SMTP without TLS: a server on this very machine."""
    folder: Path | None = None

    def __repr__(self) -> str:
        return f"MailSettings({self.kind})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that differs between installations."""

    mode: Mode
    public_url: str
    """Where the world reaches it, without a final slash."""
    region: str
    table_prefix: str
    dynamodb_url: str | None
    """None: Amazon's own."""
    queue_url: str
    """Empty: there is no queue, the tick does all."""
    bucket: str
    """Empty: files under ``data``."""
    data: Path
    """Local mode: where everything is kept."""
    root_key_parameter: str
    """Lambda: the name of the SSM SecureString that holds the root key."""
    apps_parameter: str
    """Lambda: the name of the one that holds the installation's registrations with networks."""
    mail: MailSettings
    origin_secret: str
    """Lambda: what the CDN adds to each request; the API answers nothing else."""
    dev_key: str
    """Local mode: a known API key of the demo's owner; empty: none."""
    allow_hosts: frozenset[str]
    """Local mode: ``host:port`` of test servers that outgoing requests may reach."""
    stand_ins: Mapping[str, str]
    """Local mode: origins of test servers, by the network's origin each stands in for."""

    def __repr__(self) -> str:
        return f"Settings({self.mode}, {self.public_url})"

    @property
    def is_https(self) -> bool:
        """Whether people reach it over https."""
        return self.public_url.startswith("https://")

    @property
    def origins(self) -> frozenset[str]:
        """The web origins that the pages are served from.

        Locally 127.0.0.1 and localhost are the same machine and both are typed.
        """
        own = urlsplit(self.public_url)
        hosts = {own.hostname or ""}
        if self.mode is Mode.LOCAL and hosts <= {"127.0.0.1", "localhost"}:
            hosts = {"127.0.0.1", "localhost"}
        port = f":{own.port}" if own.port else ""
        return frozenset(f"{own.scheme}://{host}{port}" for host in hosts)


def load(environ: Mapping[str, str]) -> Settings:
    """Return the settings that an environment holds.

    Raises:
        SettingsError: something is missing, malformed, or must not stand there.
    """
    mode = Mode.LAMBDA if "AWS_LAMBDA_FUNCTION_NAME" in environ else Mode.LOCAL
    if mode is Mode.LAMBDA:
        _refuse(environ, "RELAIS_DEV_KEY", "RELAIS_ALLOW_HOSTS", "RELAIS_STAND_INS")
        _refuse(environ, "RELAIS_DYNAMODB_URL")
        needed = ("RELAIS_PUBLIC_URL", "RELAIS_TABLE_PREFIX", "RELAIS_ROOT_KEY_PARAMETER")
        _require(environ, *needed, "RELAIS_BUCKET", "RELAIS_ORIGIN_SECRET", "RELAIS_APPS_PARAMETER")
    hosts = environ.get("RELAIS_ALLOW_HOSTS", "").replace(",", " ").split()
    return Settings(
        mode=mode,
        public_url=_public_url(environ.get("RELAIS_PUBLIC_URL", "http://127.0.0.1:8000"), mode),
        region=environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or "eu-west-3",
        table_prefix=environ.get("RELAIS_TABLE_PREFIX", "relais"),
        dynamodb_url=environ.get("RELAIS_DYNAMODB_URL") or None,
        queue_url=environ.get("RELAIS_QUEUE_URL", ""),
        bucket=environ.get("RELAIS_BUCKET", ""),
        data=Path(environ.get("RELAIS_DATA") or ".relais"),
        root_key_parameter=environ.get("RELAIS_ROOT_KEY_PARAMETER", ""),
        apps_parameter=environ.get("RELAIS_APPS_PARAMETER", ""),
        mail=_mail(environ, mode),
        origin_secret=environ.get("RELAIS_ORIGIN_SECRET", ""),
        dev_key=_dev_key(environ.get("RELAIS_DEV_KEY", "")),
        allow_hosts=frozenset(hosts),
        stand_ins=_stand_ins(environ.get("RELAIS_STAND_INS", "")),
    )


def _stand_ins(text: str) -> Mapping[str, str]:
    """Return the test servers of ``https://api.example=http://127.0.0.1:9000 …``."""
    pairs = [pair.partition("=") for pair in text.split()]
    if any(not urlsplit(end).hostname for origin, _, server in pairs for end in (origin, server)):
        raise SettingsError("RELAIS_STAND_INS is pairs of origins: https://a=http://b")
    return {origin: server for origin, _, server in pairs}


def _mail(environ: Mapping[str, str], mode: Mode) -> MailSettings:
    default = MailKind.SES if mode is Mode.LAMBDA else MailKind.FOLDER
    try:
        kind = MailKind(environ.get("RELAIS_MAIL") or default)
        port = int(environ.get("RELAIS_SMTP_PORT") or 587)
    except ValueError as error:
        raise SettingsError(f"RELAIS_MAIL or RELAIS_SMTP_PORT: {error}") from error
    if kind is MailKind.FOLDER and mode is Mode.LAMBDA:
        raise SettingsError("RELAIS_MAIL=folder is for one machine, not for Lambda")
    if kind is not MailKind.FOLDER:
        _require(environ, "RELAIS_MAIL_FROM")
    if kind is MailKind.SMTP:
        _require(environ, "RELAIS_SMTP_HOST")
    folder = environ.get("RELAIS_MAIL_FOLDER") or Path(
        environ.get("RELAIS_DATA") or ".relais", "mail"
    )
    return MailSettings(
        kind=kind,
        sender=environ.get("RELAIS_MAIL_FROM", "Relais <relais@localhost>"),
        host=environ.get("RELAIS_SMTP_HOST", ""),
        port=port,
        user=environ.get("RELAIS_SMTP_USER", ""),
        password=environ.get("RELAIS_SMTP_PASSWORD", ""),
        is_plain=environ.get("RELAIS_SMTP_PLAIN") == "1",
        folder=Path(folder) if kind is MailKind.FOLDER else None,
    )


def _public_url(url: str, mode: Mode) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SettingsError("RELAIS_PUBLIC_URL is the https address that the world uses")
    if mode is Mode.LAMBDA and parts.scheme != "https":
        raise SettingsError("RELAIS_PUBLIC_URL must be https: cookies and links depend on it")
    return url.rstrip("/")


def _dev_key(key: str) -> str:
    if key and len(key) < DEV_KEY_LENGTH:
        raise SettingsError(f"RELAIS_DEV_KEY has at least {DEV_KEY_LENGTH} characters")
    return key


def _refuse(environ: Mapping[str, str], *names: str) -> None:
    for name in names:
        if environ.get(name):
            raise SettingsError(f"{name} is for one machine, not for Lambda")


def _require(environ: Mapping[str, str], *names: str) -> None:
    missing = [name for name in names if not environ.get(name)]
    if missing:
        raise SettingsError("missing: " + ", ".join(missing))
