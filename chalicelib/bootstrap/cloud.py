"""The parts that Lambda's functions are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.bootstrap.parts import Parts
from chalicelib.clock import SystemClock
from chalicelib.ids import RandomIds
from chalicelib.settings import MailKind, MailSettings, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.mail.transports import Transport
    from chalicelib.publishing.ports import Queue
    from chalicelib.store.connection import Store
    from chalicelib.workspaces.ports import Bucket


def cloud_parts(settings: Settings) -> Parts:
    """Return the parts that Lambda's functions are made of."""

    def store() -> Store:
        from chalicelib.store.connection import open_store  # noqa: PLC0415

        return open_store(
            region=settings.region,
            prefix=settings.table_prefix,
            ids=RandomIds(),
            endpoint=settings.dynamodb_url,
        )

    def queue() -> Queue:
        from chalicelib.store.queue import SqsQueue  # noqa: PLC0415

        return SqsQueue.at(settings.queue_url, settings.region)

    def bucket() -> Bucket:
        from chalicelib.store.bucket import S3Bucket  # noqa: PLC0415

        return S3Bucket.at(settings.bucket, settings.region)

    def root_key() -> bytes:
        from chalicelib.store.secrets import read_root_key  # noqa: PLC0415

        return read_root_key(settings.root_key_parameter, settings.region)

    def apps() -> Mapping[str, Mapping[str, str]]:
        from chalicelib.store.secrets import read_apps  # noqa: PLC0415

        return read_apps(settings.apps_parameter, settings.region)

    return Parts(
        settings=settings,
        clock=SystemClock(),
        ids=RandomIds(),
        store=store,
        root_key=root_key,
        queue=queue,
        bucket=bucket,
        transport=lambda: mail_transport(settings.mail, settings.region),
        apps=apps,
    )


def mail_transport(mail: MailSettings, region: str) -> Transport:
    """Return how mail leaves, by the settings."""
    from chalicelib.mail.transports import Folder, Ses, Smtp  # noqa: PLC0415

    if mail.kind is MailKind.FOLDER and mail.folder is not None:
        return Folder(mail.folder)
    if mail.kind is MailKind.SMTP:
        return Smtp(
            host=mail.host,
            port=mail.port,
            user=mail.user,
            password=mail.password,
            is_plain=mail.is_plain,
        )

    return Ses.at(region)
