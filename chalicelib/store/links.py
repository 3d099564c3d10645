"""Tracked links, and how often each was followed.

    L#<code>               -                    the link: it never changes
    W#<workspace>#L        <ms>#<code>          its copy in the firm's list
    W#<workspace>#LD       <delivery>#<code>    that a delivery carries it
    CLICKS#<day>#<0…f>     <code>               a link's clicks of a day that isn't summed up
    CLICKS                 <day>                that the day isn't
    L#<code>               D#<day>              a link's clicks of a day that is

While a day lasts each click is one addition to one of 16 rows, chosen by the visitor's hash,
so that a visitor is always in the same one: the row's set of hashes tells visitors apart, and
stays under 1 KB, one write unit, up to some 1,500 visitors of a link a day. ``visitors`` sums
the day up when it is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

from pynamodb.exceptions import PynamoDBException
from pynamodb.expressions.operand import Path

from chalicelib.ids import DeliveryId, WorkspaceId
from chalicelib.measuring.links import Click, ClickKind, Link, LinkDay
from chalicelib.publishing.ports import Stale, StoreUnclear
from chalicelib.store import keys
from chalicelib.store.codec import INSTANT, TEXT, Record
from chalicelib.store.connection import Store
from chalicelib.store.expiry import expires
from chalicelib.store.failures import failure_of
from chalicelib.store.items import Item
from chalicelib.store.keys import ALONE, Key
from chalicelib.store.read import get, get_many, query
from chalicelib.store.schema import VERSION, Kind
from chalicelib.store.tables import EXPIRES, PARTITION, SORT, STATS
from chalicelib.store.write import Put, transact

ROWS = "0123456789abcdef"
"""A row for each first digit of a visitor's hash."""
KEPT = timedelta(days=400)
"""How long clicks are kept, and how long after its end a link says that it has ended."""
PEOPLE, VISITORS, BOTS, PREVIEWS = "n", "h", "b", "p"
"""Attributes of a day's row; ``h`` is a set of hashes, of a day that is summed up a number."""
_COUNTED = {ClickKind.PERSON: PEOPLE, ClickKind.BOT: BOTS, ClickKind.PREVIEW: PREVIEWS}

LINK = Kind(
    name="link",
    record=Record(
        Link,
        {
            "workspace": ("ws", TEXT),
            "code": ("code", TEXT),
            "target": ("to", TEXT),
            "delivery": ("of", TEXT),
            "label": ("label", TEXT),
            "expires_at": ("until", INSTANT),
            "created_at": ("made", INSTANT),
            "created_by": ("who", TEXT),
        },
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Where tracked links and their clicks are kept."""

    store: Store

    def get(self, code: str, *, consistent: bool = False) -> Link | None:
        """Return a link by its code (one read; it never changes, but may be too new to be seen)."""
        item = get(self.store, STATS, _link(code), consistent=consistent)
        return None if item is None else LINK.unpack(item)

    def put(self, link: Link) -> bool:
        """Keep a new link; False if its code is taken, by the same one kept before too.

        Raises:
            StoreUnclear: it couldn't be found out whether it was kept.
        """
        packed = LINK.pack(link)
        if link.expires_at is not None:
            packed |= expires(link.expires_at + KEPT)
        copies = [(_list(link.workspace), _place(link))]
        if link.delivery is not None:
            copies.append((_carried(link.workspace), _carrying(link.delivery, link.code)))
        writes = [Put(STATS, _item(_link(link.code), packed), 0)]
        writes += [Put(STATS, _item(key, packed), None) for key in copies]
        try:
            transact(self.store, writes)
        except Stale:
            return False
        return True

    def of(self, workspace: WorkspaceId, limit: int, after: Link | None = None) -> Sequence[Link]:
        """Return a firm's links, the newest first, those after one if it is given."""
        older = None if after is None else Path(SORT) < _place(after)
        found = query(self.store, STATS, _list(workspace), older, limit=limit, newest_first=True)
        return [LINK.unpack(item) for item in islice(found, limit)]

    def codes_of(self, workspace: WorkspaceId, delivery: DeliveryId) -> Sequence[str]:
        """Return the codes of the links that a delivery carries."""
        own = Path(SORT).startswith(_carrying(delivery, ""))
        return [row["code"] for row in query(self.store, STATS, _carried(workspace), own)]

    def count(self, click: Click) -> None:
        """Count one click by one write.

        Raises:
            StoreUnclear: it may be counted, or not. Each time that the client sends again by
                itself an answer may have been lost, and the click is then counted once more;
                visitors never are.
        """
        last = datetime.combine(click.day, time(), UTC) + KEPT
        actions = [
            Path(_COUNTED[click.kind]).add(1),
            Path(EXPIRES).set(expires(last)[EXPIRES]),
        ]
        if click.kind is ClickKind.PERSON:
            actions.append(Path(VISITORS).add({"BS": [click.visitor]}))
        key = live_row(click.day, click.visitor.hex()[0], click.code)
        try:
            self.store.connection.update_item(self.store.name(STATS), *key, actions=actions)
        except PynamoDBException as error:
            raise StoreUnclear(f"not counted: {failure_of(error).value}") from error

    def days(self, code: str, first: date, last: date) -> Sequence[LinkDay]:
        """Return a link's clicks of the days that had any, both ends included, in order.

        Summing up moves a day's clicks from its rows to one, at one go: what isn't summed up
        is read first, so that a day is in one place or both, never in neither; and what is
        summed up holds.
        """
        if first > last:
            return []
        open_days = [day for day in days_open(self.store) if first <= day <= last]
        wanted = [live_row(day, row, code) for day in open_days for row in ROWS]
        live = get_many(self.store, STATS, wanted)
        found: dict[date, Item] = {}
        for day in open_days:
            rows = [live[k] for row in ROWS if (k := live_row(day, row, code)) in live]
            if rows:
                found[day] = summed_up(rows)
        within = Path(SORT).between(_day(first), _day(last))
        for item in query(self.store, STATS, _link(code)[0], within):
            found[date.fromisoformat(item[SORT].removeprefix("D#"))] = item
        return [_link_day(code, day, found[day]) for day in sorted(found)]


def days_open(store: Store) -> list[date]:
    """Return the days whose clicks aren't summed up, in order."""
    return [date.fromisoformat(row[SORT]) for row in query(store, STATS, "CLICKS")]


def open_day(day: date) -> Key:
    """Return the key of the note that a day's clicks aren't summed up."""
    return "CLICKS", f"{day}"


def live_rows(day: date, row: str) -> str:
    """Return the partition of a day's clicks, of all links, by the first digit of a hash."""
    return f"CLICKS#{day}#{row}"


def live_row(day: date, row: str, code: str) -> Key:
    """Return the key of a link's clicks of a day that isn't summed up, by that digit."""
    return live_rows(day, row), keys.part(code)


def summed_day(day: date, code: str) -> Key:
    """Return the key of a link's clicks of a day that is summed up."""
    return _link(code)[0], _day(day)


def summed_up(rows: Iterable[Mapping[str, object]]) -> Item:
    """Return what rows of a day add up to: of visitors only how many they are."""
    total: Item = {VERSION: 1, PEOPLE: 0, VISITORS: 0, BOTS: 0, PREVIEWS: 0}
    for row in rows:
        for name in (PEOPLE, VISITORS, BOTS, PREVIEWS):
            counted = row.get(name, 0)
            total[name] += len(counted) if isinstance(counted, frozenset) else counted
    return total


def _link_day(code: str, day: date, item: Item) -> LinkDay:
    return LinkDay(
        code=code,
        day=day,
        people=item[PEOPLE],
        visitors=item[VISITORS],
        bots=item[BOTS],
        previews=item[PREVIEWS],
    )


def _item(key: Key, packed: Item) -> Item:
    return {PARTITION: key[0], SORT: key[1], **packed}


def _link(code: str) -> Key:
    return f"L#{keys.part(code)}", ALONE


def _day(day: date) -> str:
    return f"D#{day}"


def _list(workspace: WorkspaceId) -> str:
    return f"{keys.firm(workspace)}#L"


def _place(link: Link) -> str:
    return f"{keys.ms(link.created_at)}#{keys.part(link.code)}"


def _carried(workspace: WorkspaceId) -> str:
    return f"{keys.firm(workspace)}#LD"


def _carrying(delivery: DeliveryId, code: str) -> str:
    return f"{keys.part(delivery)}#{keys.part(code)}"
