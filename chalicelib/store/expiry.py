"""When DynamoDB may delete an item: days late, so that readers filter."""

from __future__ import annotations

import math
from datetime import datetime

from chalicelib.store.items import Item
from chalicelib.store.tables import EXPIRES


def expires(at: datetime) -> Item:
    """Return the attribute by which an item is deleted some time after an instant."""
    return {EXPIRES: math.ceil(at.timestamp())}
