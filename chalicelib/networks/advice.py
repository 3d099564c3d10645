"""What networks would make of a content: faults, counts and kits, asked while it is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chalicelib.ids import WorkspaceId
from chalicelib.networks import manual
from chalicelib.networks.checking import counts, has_first_comment, problems
from chalicelib.networks.contract import Network
from chalicelib.networks.registry import network
from chalicelib.networks.senders import limits_of
from chalicelib.networks.spec import Limits
from chalicelib.publishing.deliveries import ResendClass
from chalicelib.publishing.lists import Count, Kit
from chalicelib.publishing.posts import Content
from chalicelib.publishing.refusals import Fault
from chalicelib.workspaces.channels import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """Implements ``publishing.ports.Checks`` and ``publishing.lists.Counting``."""

    media_url: Callable[[WorkspaceId, str], str]
    """The public address of a firm's image, by its SHA-256."""
    find_network: Callable[[str], Network] = network

    def faults(self, channel: Channel, content: Content) -> Sequence[Fault]:
        """Return what this channel wouldn't take; pointers are relative to the content."""
        known = self.find_network(channel.network)
        found = problems(content, limits_of(channel, known), known.spec)
        return [Fault(p.pointer, p.code.replace("_", "-"), dict(p.params)) for p in found]

    def takes_first_comment(self, channel: Channel, content: Content) -> bool:
        """Say whether a content has a first comment that is to follow it on this channel."""
        spec = self.find_network(channel.network).spec
        by_hand = spec.resend_class is ResendClass.PERSON  # it stands in the kit
        return not by_hand and has_first_comment(content, spec)

    def counts(self, channel: Channel, content: Content) -> Sequence[Count]:
        """Return the use of each text limit of this channel."""
        known = self.find_network(channel.network)
        return counts(content, limits_of(channel, known), known.spec)

    def charge(self, channel: Channel, content: Content) -> int | None:
        """Return what publishing it there costs, in millionths of a US dollar; None: nothing."""
        charge = self.find_network(channel.network).spec.charge
        return None if charge is None else charge(content)

    def kit(self, channel: Channel, content: Content, language: str) -> Kit | None:
        """Return what to paste: a post for a channel without an API, or a first comment."""
        known = self.find_network(channel.network).spec
        if known.resend_class is not ResendClass.PERSON:
            return Kit(
                title="",
                text=content.text,
                over_by=0,
                composer_url=channel.url,
                network_label=known.label[language],
            )
        shown = (m for m in content.media if not m.is_video)  # no composer takes a video's address
        pictures = [self.media_url(channel.workspace, m.sha256) for m in shown]
        made = manual.kit(content, pictures, channel.settings)
        return Kit(
            title=made.title,
            text=made.text,
            over_by=made.over_by,
            composer_url=made.composer_url,
            network_label=made.label[language],
        )

    def resend_class(self, name: str) -> ResendClass:
        """Return how a network lets us find out what became of an attempt."""
        return self.find_network(name).spec.resend_class

    def limits(self, channel: Channel) -> Limits:
        """Return what a channel takes: what its instance said, else its network's own."""
        return limits_of(channel, self.find_network(channel.network))
