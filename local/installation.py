"""One installation on this machine: its data folder, its engine, and the world made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path

from chalicelib.bootstrap import Parts, World, mail_transport
from chalicelib.clock import Clock, SystemClock
from chalicelib.ids import RandomIds
from chalicelib.publishing.ports import Queue
from chalicelib.settings import Settings, SettingsError, load
from chalicelib.store.connection import Store, open_store
from chalicelib.store.secrets import apps_of
from chalicelib.workspaces.seals import Seals
from local.bucket import FileBucket
from local.root_key import root_key
from local.telling import TroubleError

ROOT = Path(__file__).resolve().parent.parent
"""The repository."""
_LOG_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder that holds everything of an installation."""

    path: Path

    @property
    def database(self) -> Path:
        """What the engine keeps."""
        return self.path / "database"

    @property
    def media(self) -> Path:
        """Images."""
        return self.path / "media"

    @property
    def note(self) -> Path:
        """Says where the installation runs, or last ran."""
        return self.path / "running.json"

    @property
    def lock(self) -> Path:
        """Held by whoever runs the engine."""
        return self.database / "engine.lock"

    @property
    def is_new(self) -> bool:
        """Whether nothing has been stored yet."""
        return not (self.database / "engine.db").exists()

    def make(self) -> None:
        """Make the folder, for its owner alone.

        Raises:
            TroubleError: It can't be made or written to.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            probe = self.path / ".probe"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise TroubleError(
                f"Impossible d'écrire dans le dossier de données « {self.path} ». Il doit vous "
                "appartenir ; ou choisissez-en un autre : RELAIS_DATA=<dossier> make run",
                f'Can\'t write to the data folder "{self.path}". It must be yours; or choose '
                f"another: RELAIS_DATA=<folder> make run ({error})",
            ) from error

    def key(self) -> bytes:
        """Return the root key, made if nothing has been stored yet."""
        return root_key(self.path / "root.key", may_make=self.is_new)

    def apps(self) -> Mapping[str, Mapping[str, str]]:
        """Return what this installation is at networks where it is registered, if anywhere.

        Raises:
            TroubleError: The file that says so can't be read.
        """
        file = self.path / "apps.json"
        try:
            return apps_of(file.read_text(encoding="utf-8"), str(file)) if file.exists() else {}
        except (OSError, ValueError) as error:
            raise TroubleError(
                f"« {file} » ne peut pas être lu : il contient "
                '{"facebook": {"id": "…", "secret": "…"}}.',
                f'Can\'t read "{file}": it holds {{"facebook": {{"id": "…", "secret": "…"}}}}.',
            ) from error


def folder_of(environ: Mapping[str, str]) -> Folder:
    """Return the data folder that the environment names."""
    return Folder(Path(environ.get("RELAIS_DATA") or ".relais").absolute())


def settings_of(environ: Mapping[str, str], *, url: str, engine: str, folder: Folder) -> Settings:
    """Return the settings of an installation that is served at an address.

    Raises:
        TroubleError: The environment says something that won't do.
    """
    own = {name: value for name, value in environ.items() if name != "AWS_LAMBDA_FUNCTION_NAME"}
    own = {"RELAIS_PUBLIC_URL": url, **own}
    own |= {"RELAIS_DYNAMODB_URL": engine, "RELAIS_DATA": str(folder.path)}
    try:
        return load(own)
    except SettingsError as error:
        raise TroubleError(
            f"Un réglage de l'environnement ne convient pas : {error}.",
            f"A setting in the environment won't do: {error}.",
        ) from error


def store_of(settings: Settings) -> Store:
    """Return the store on the engine, its tables made if need be."""
    store = open_store(
        region=settings.region,
        prefix=settings.table_prefix,
        ids=RandomIds(),
        endpoint=settings.dynamodb_url,
    )
    store.create_tables()
    return store


def bucket_of(settings: Settings, key: bytes, clock: Clock) -> FileBucket:
    """Return where the installation keeps bytes."""
    folder = Folder(settings.data).media
    url = f"{settings.public_url}/media-upload"
    return FileBucket(folder, url=url, seals=Seals(key), clock=clock)


def world_of(
    settings: Settings,
    *,
    store: Store,
    key: bytes,
    queue: Queue,
    bucket: FileBucket,
    clock: Clock | None = None,
) -> World:
    """Return the world of an installation."""
    return World(
        Parts(
            settings=settings,
            clock=clock or SystemClock(),
            ids=RandomIds(),
            store=lambda: store,
            root_key=lambda: key,
            queue=lambda: queue,
            bucket=lambda: bucket,
            transport=lambda: mail_transport(settings.mail, settings.region),
            apps=Folder(settings.data).apps,
        )
    )


def log_into(file: Path) -> None:
    """Let logs go to a file, and the terminal be the person's."""
    from aws_lambda_powertools import Logger  # noqa: PLC0415 -- heavy: only who runs it all

    handler = RotatingFileHandler(
        file, maxBytes=_LOG_BYTES, backupCount=2, encoding="utf-8", delay=True
    )
    # The logger of this name is set up by whoever makes it first.
    Logger(service="relais", location=None, logger_handler=handler)
