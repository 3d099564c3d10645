"""Every network that lives reach by HTTP, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.chaos.bluesky_rig import BlueskyRig
from tests.chaos.google_business_rig import GoogleBusinessRig
from tests.chaos.linkedin_rigs import LinkedInPagesRig, LinkedInRig
from tests.chaos.mastodon_rig import MastodonRig
from tests.chaos.meta_rigs import FacebookRig, InstagramRig, ThreadsRig
from tests.chaos.pinterest_rig import PinterestRig
from tests.chaos.rigs import Now, Server
from tests.chaos.telegram_rig import TelegramRig
from tests.chaos.tiktok_rig import TikTokRig
from tests.chaos.webhook_rig import WebhookRig
from tests.chaos.wordpress_rig import WordPressRig
from tests.chaos.x_rig import XRig
from tests.chaos.youtube_rig import YouTubeRig

SERVERS: Mapping[str, Callable[[Now], Server]] = {
    "mastodon": MastodonRig,
    "bluesky": BlueskyRig,
    "wordpress": WordPressRig,
    "facebook": FacebookRig,
    "instagram": InstagramRig,
    "threads": ThreadsRig,
    "google_business": GoogleBusinessRig,
    "youtube": YouTubeRig,
    "pinterest": PinterestRig,
    "tiktok": TikTokRig,
    "telegram": TelegramRig,
    "webhook": WebhookRig,
    "x": XRig,
    "linkedin": LinkedInRig,
    "linkedin_pages": LinkedInPagesRig,
}
