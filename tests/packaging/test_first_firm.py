"""The first firm: made on a deployed stack's tables (the real engine), by one command."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.ids import MemberId, RandomIds, WorkspaceId
from chalicelib.publishing.ports import StoreUnclear
from chalicelib.publishing.refusals import Invalid
from chalicelib.store.members import Members
from chalicelib.store.workspaces import Workspaces
from chalicelib.workspaces.founding import Founding, NewFirm
from chalicelib.workspaces.workspaces import Language, Member, Role, Workspace
from infra import first_firm
from tests.fakes.clocks import SettableClock
from tests.fakes.serving import serving
from tests.packaging.account import CDN, Account, CloudStack
from tests.store_fixtures import NOON, Tables, a_member, a_workspace, first, lost_answer

BAKERY = ("--name", "Boulangerie L'Épi d'or", "--email", "Claire@Example.fr")
MARTIN = NewFirm(
    name="Boulangerie Martin",
    zone="Europe/Paris",
    language=Language.FR,
    email=" Claire@Example.fr",
    owner="Claire Martin",
)


@pytest.fixture
def workspaces(tables: Tables) -> Workspaces:
    return Workspaces(store=tables.store)


@pytest.fixture
def members(tables: Tables) -> Members:
    return Members(store=tables.store)


@pytest.fixture
def founding(clock: SettableClock, workspaces: Workspaces, members: Members) -> Founding:
    return Founding(clock=clock, ids=RandomIds(), workspaces=workspaces, members=members)


def test_a_firm_is_made_with_its_owner(
    founding: Founding, workspaces: Workspaces, members: Members
) -> None:
    founded = founding.found(MARTIN)
    (made,) = founded.belongings
    assert founded.is_new
    assert members.by_email("claire@example.fr") == [made.member]
    assert (made.member.role, made.member.name) == (Role.OWNER, "Claire Martin")
    firm = workspaces.get(made.member.workspace)
    assert firm == made.firm
    assert (firm.name, firm.zone, firm.created_at) == ("Boulangerie Martin", "Europe/Paris", NOON)
    assert workspaces.by_feed_token(firm.feed_token) == firm


def test_the_same_address_again_makes_no_second_firm(founding: Founding, members: Members) -> None:
    made = founding.found(MARTIN)
    again = founding.found(MARTIN)
    assert not again.is_new
    assert again.belongings == made.belongings
    assert len(members.by_email("claire@example.fr")) == 1


def test_who_is_somebody_s_editor_gets_no_firm_unasked(
    founding: Founding, workspaces: Workspaces, members: Members
) -> None:
    workspaces.put(None, a_workspace())
    members.put(a_member(email="claire@example.fr", role=Role.EDITOR))
    founded = founding.found(MARTIN)
    assert not founded.is_new
    assert [b.member.role for b in founded.belongings] == [Role.EDITOR]


@dataclass
class Dying:
    """Workspaces whose writes fail before they are made."""

    inner: Workspaces

    def get(self, workspace: WorkspaceId) -> Workspace | None:
        return self.inner.get(workspace)

    def put(self, before: Workspace | None, after: Workspace) -> Workspace:
        raise StoreUnclear

    def by_feed_token(self, token: str) -> Workspace | None:
        return self.inner.by_feed_token(token)


def test_a_founding_that_was_cut_short_is_completed(
    founding: Founding, clock: SettableClock, workspaces: Workspaces, members: Members
) -> None:
    cut = Founding(clock=clock, ids=RandomIds(), workspaces=Dying(workspaces), members=members)
    with pytest.raises(StoreUnclear):
        cut.found(MARTIN)
    (owner,) = members.by_email("claire@example.fr")
    founded = founding.found(MARTIN)
    assert founded.is_new
    assert [b.member for b in founded.belongings] == [owner]
    assert workspaces.get(owner.workspace) is not None


def test_an_unknown_zone_writes_nothing(founding: Founding, members: Members) -> None:
    wrong = NewFirm(
        name="x", zone="Europe/Nulle", language=Language.FR, email="a@b.example", owner="x"
    )
    with pytest.raises(Invalid, match="unknown-zone"):
        founding.found(wrong)
    assert members.by_email("a@b.example") == []


# The command.


@dataclass
class Person:
    """Whoever deployed: what stands in the account, and what was read on the terminal."""

    account: Account
    prefix: str
    capsys: pytest.CaptureFixture[str]

    def makes(self, *words: str) -> tuple[int, str, str]:
        """Return the exit code, what was said and what was complained of."""
        self.capsys.readouterr()
        code = first_firm.main([*words, "--stack", self.prefix])
        read = self.capsys.readouterr()
        return code, read.out, read.err


@pytest.fixture
def person(
    tables: Tables,
    template: dict[str, Any],
    at_aws: Callable[[str], None],
    capsys: pytest.CaptureFixture[str],
    engine_endpoint: str,
) -> Iterator[Person]:
    """Somebody whose stack stands, with its tables on the real engine."""
    prefix = tables.store.prefix
    stack = CloudStack("CREATE_COMPLETE", template, {"DomainName": ""})
    account = Account(engine=engine_endpoint, stacks={prefix: stack})
    with serving(account) as served:
        at_aws(served.base_url)
        yield Person(account, prefix, capsys)


def test_the_command_makes_the_firm_and_says_where_to_sign_in(
    person: Person, members: Members, workspaces: Workspaces
) -> None:
    code, told, complaints = person.makes(*BAKERY, "--owner", "Claire")
    assert (code, complaints) == (0, "")
    assert told.splitlines()[-1] == f"{CDN}/sign-in"
    (owner,) = members.by_email("claire@example.fr")
    assert (owner.role, owner.name, owner.language) == (Role.OWNER, "Claire", Language.FR)
    firm = workspaces.get(owner.workspace)
    assert firm is not None
    assert (firm.name, firm.zone) == ("Boulangerie L'Épi d'or", "Europe/Paris")


def test_the_command_twice_tells_what_stands(person: Person, members: Members) -> None:
    person.makes(*BAKERY)
    code, told, _ = person.makes("--name", "Autre", "--email", "claire@example.fr")
    assert code == 0
    assert "rien n'est créé" in told
    assert "Boulangerie L'Épi d'or" in told
    assert "Autre" not in told
    assert len(members.by_email("claire@example.fr")) == 1


def test_zone_and_language_can_be_chosen(person: Person, members: Members) -> None:
    code, told, _ = person.makes(*BAKERY, "--zone", "America/Cayenne", "--language", "en")
    assert code == 0
    assert "America/Cayenne" in told
    (owner,) = members.by_email("claire@example.fr")
    assert (owner.language, owner.name) == (Language.EN, "Claire")


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("--name", "", "--email", "a@b.example"), "--name"),
        (("--name", "x", "--email", "nobody"), "--email"),
        (("--name", "x", "--email", "a@b.example", "--zone", "Europe/Nulle"), "--zone"),
        (("--name", "x", "--email", "a@b.example", "--language", "de"), "--language"),
    ],
)
def test_what_is_wrong_is_named_in_both_languages(
    person: Person, members: Members, words: tuple[str, ...], option: str
) -> None:
    code, told, complaints = person.makes(*words)
    assert (code, told) == (1, "")
    (line,) = complaints.splitlines()
    assert line.startswith(f"{option} : ")
    assert " / " in line
    assert members.by_email("a@b.example") == []


def test_without_a_stack_it_says_to_deploy_first(person: Person) -> None:
    person.account.stacks.clear()
    code, _, complaints = person.makes(*BAKERY)
    assert code == 1
    assert "make deploy" in complaints


def test_tables_that_are_not_there_are_told_without_a_traceback(
    person: Person, template: dict[str, Any]
) -> None:
    person.account.stacks["relais-none"] = person.account.stacks[person.prefix]
    person.prefix = "relais-none"
    code, _, complaints = person.makes(*BAKERY)
    assert code == 1
    assert complaints.startswith("AWS : ")


def test_an_answer_that_is_lost_does_no_harm(
    founding: Founding, tables: Tables, members: Members
) -> None:
    tables.faults.plan("TransactWriteItems", lost_answer, first(lambda: None, lost_answer))
    founded = founding.found(MARTIN)
    assert tables.faults.left == 0
    again = founding.found(MARTIN)
    assert (founded.is_new, again.is_new) == (True, False)
    assert again.belongings == founded.belongings


def test_one_person_may_own_a_firm_and_another_another(
    founding: Founding, members: Members
) -> None:
    first_made = founding.found(MARTIN)
    second = founding.found(
        NewFirm(
            name="Garage", zone="Europe/Paris", language=Language.FR, email="g@x.example", owner="G"
        )
    )
    firms: set[WorkspaceId] = {b.firm.id for f in (first_made, second) for b in f.belongings}
    owners: set[MemberId] = {b.member.id for f in (first_made, second) for b in f.belongings}
    assert (len(firms), len(owners)) == (2, 2)
    everybody: list[Member] = [m for f in firms for m in members.of(f)]
    assert len(everybody) == 2
