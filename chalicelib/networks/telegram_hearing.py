"""Figures of a Telegram channel: how many have joined it. Bots are told nothing else.

https://core.telegram.org/bots/api#getchatmembercount
"""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.measuring.metrics import Metric
from chalicelib.networks.contract import Tools
from chalicelib.networks.replies import said_count
from chalicelib.networks.telegram_bots import Bot


class Hearing:
    """One channel, read by its bot."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def measure_channel(self) -> Mapping[Metric, int | None]:
        """See ``hearing.FetchesMetrics``: the members, the bot among them."""
        tools = self._tools
        bot = Bot(tools.http, tools.clock, tools.credentials.secret["token"])
        members = bot.ask("getChatMemberCount", chat_id=tools.settings["chat"])
        return {Metric.FOLLOWERS: said_count(members)}

    def measure_post(self, remote_id: str) -> Mapping[Metric, int | None] | None:  # noqa: ARG002 - the contract's
        """See ``hearing.FetchesMetrics``: views and reactions aren't told to bots."""
        return {}
