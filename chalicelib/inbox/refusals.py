"""How an act in the inbox can be refused; nothing has changed when one of these is raised."""

from __future__ import annotations

from chalicelib.publishing.posts import Post
from chalicelib.publishing.refusals import Refusal


class CantAnswer(Refusal):
    """It can't be answered; ``why`` is a stable word.

    ``no-channel`` (no connected channel leads there, or its network tells no way) or
    ``answered-gone`` (it was deleted).
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class AnsweredMeanwhile(Refusal):
    """Somebody else has answered since the person looked; ``post`` is that answer."""

    def __init__(self, post: Post) -> None:
        super().__init__(post.id)
        self.post = post


class CantModerate(Refusal):
    """It can't be done at its network; ``reason`` is a stable word, as of ``Rejected``."""

    def __init__(self, reason: str, network: str) -> None:
        super().__init__(f"{network}: {reason}")
        self.reason = reason
        self.network = network
