"""Make a firm and its owner on a deployed stack, so that somebody can sign in.

    make firm FIRM="Boulangerie Martin" EMAIL=claire@example.fr

or, where there is more to say:

    python -m infra.first_firm --name "Boulangerie Martin" --email claire@example.fr
        [--owner "Claire Martin"] [--zone Europe/Paris] [--language fr] [--stack relais]

It is run by whoever deployed, with the same AWS credentials and region. The owner then asks for
her sign-in link on the page whose address is printed. An address that somebody has already makes
no second firm: what stands is told instead. So it can be repeated, and an agency runs it once for
each firm.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from chalicelib.api.bodies import faults_of
from chalicelib.api.schemas import Email, Name, Request, Zone
from chalicelib.api.words import Words
from chalicelib.bootstrap import World, cloud_parts
from chalicelib.publishing.ports import StoreUnclear
from chalicelib.publishing.refusals import Fault, Invalid
from chalicelib.settings import load
from chalicelib.store.failures import StoreFault
from chalicelib.workspaces.founding import Belonging, Founded, Founding, NewFirm
from chalicelib.workspaces.workspaces import Language
from infra.stack import RUNBOOK, STACK, CantDeploy, Stack, connect


class Asked(Request):
    """What the command line says, by the same rules as what the pages say."""

    name: Name
    zone: Zone
    language: Language
    email: Email
    owner: Name


def new_firm(words: argparse.Namespace) -> NewFirm:
    """Return the firm that the command line asks for.

    Raises:
        Invalid: something is missing or malformed.
    """
    given = {
        "name": words.name.strip(),
        "zone": words.zone,
        "language": words.language,
        "email": words.email,
        "owner": (words.owner or words.email.partition("@")[0] or words.name).strip(),
    }
    try:
        return NewFirm(**dict(Asked.model_validate(given)))
    except ValidationError as error:
        raise Invalid(faults_of(error)) from error


def founding_at(stack: str, region: str, url: str) -> Founding:
    """Return what makes firms on the tables of a stack, through the application's own store."""
    environ = {"AWS_REGION": region, "RELAIS_TABLE_PREFIX": stack, "RELAIS_PUBLIC_URL": url}
    world = World(cloud_parts(load(environ)))
    return Founding(
        clock=world.clock, ids=world.ids, workspaces=world.workspaces, members=world.members
    )


def _found(words: argparse.Namespace) -> str:
    new = new_firm(words)
    session = connect()
    outputs = Stack(session, words.stack).outputs()
    if not outputs or "PublicUrl" not in outputs:
        raise CantDeploy(
            f"« {words.stack} » n'est pas en place dans {session.region_name} : « make deploy » "
            "d'abord, ou donnez sa région par AWS_DEFAULT_REGION.",
            f'"{words.stack}" doesn\'t stand in {session.region_name}: "make deploy" first, or '
            "name its region by AWS_DEFAULT_REGION.",
        )
    url = outputs["PublicUrl"]
    return _told(founding_at(words.stack, session.region_name, url).found(new), url)


def _told(founded: Founded, url: str) -> str:
    """Return what stands, and where to sign in."""
    email = founded.belongings[0].member.email
    if founded.is_new:
        stands = ["La firme est créée.", "The firm is made."]
    else:
        stands = [f"{email} est déjà là : rien n'est créé.", f"{email} is here: nothing is made."]
    return "\n".join(
        [
            *stands,
            *(f"  {_line(belonging)}" for belonging in founded.belongings),
            f"Pour entrer, demander un lien pour {email} (pas de courriel ? {RUNBOOK}) :",
            f"To sign in, ask for a link for {email} (no mail? {RUNBOOK}):",
            f"{url}/sign-in",
        ]
    )


def _line(belonging: Belonging) -> str:
    firm, member = belonging.firm, belonging.member
    return f"{firm.name} ({firm.id}, {firm.zone}) : {member.name}, {member.role.name.lower()}"


def _complaint(faults: Sequence[Fault]) -> str:
    french, english = Words(Language.FR), Words(Language.EN)
    return "\n".join(
        f"--{f.pointer.strip('/')} : {french.fault(f)} / {english.fault(f)}" for f in faults
    )


def main(words: Sequence[str]) -> int:
    """Do what the command line asks for; return the process's exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.first_firm",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--name", required=True, help="what the firm is called")
    parser.add_argument("--email", required=True, help="the owner's address")
    parser.add_argument("--owner", default="", help="what the owner is called")
    parser.add_argument("--zone", default="Europe/Paris", help="the firm's time zone")
    parser.add_argument("--language", default=Language.FR.value, help="fr or en")
    parser.add_argument("--stack", default=STACK, help="the name of the stack")
    try:
        print(_found(parser.parse_args(words)))
    except Invalid as error:
        print(_complaint(error.faults), file=sys.stderr)
    except CantDeploy as error:
        print(error, file=sys.stderr)
    except StoreUnclear:
        print(
            "DynamoDB n'a pas répondu : relancez la même commande, elle finit ce qui manque.\n"
            "DynamoDB didn't answer: run the same again, it completes what is missing.",
            file=sys.stderr,
        )
    except (BotoCoreError, ClientError, StoreFault) as error:
        print(f"AWS : {error}", file=sys.stderr)
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
