"""What the API says while a channel is connected, in English.

Keys as in ``messages_connecting_fr``.
"""

from __future__ import annotations

FAULTS = {
    "bot-cant-post": (
        "The bot is an administrator of this channel, but may not post. In Telegram give it "
        "“Post messages”."
    ),
    "bot-not-admin": (
        "The bot isn’t an administrator of this channel. In Telegram open the channel, "
        "Administrators, and add it."
    ),
    "denied": "Access wasn’t given on the network’s page. Nothing was connected.",
    "field-refused-app_password": (
        "This is the account’s password. Make an app password, and put it here."
    ),
    "field-refused-chat": (
        "No channel has this name, or the bot doesn’t see it. Write it as in its link, for "
        "example @boulangerie_martin."
    ),
    "field-refused-handle": (
        "No account has this name. Write it as on your profile, for example martin.bsky.social."
    ),
    "field-refused-instance": (
        "This isn’t the address of a server. Write where you open your account, for example "
        "mastodon.social."
    ),
    "field-refused-page": "This isn’t the address of a page. It begins with https://.",
    "field-refused-pds": "This isn’t the address of a server. Leave it empty if you know of none.",
    "field-refused-secret": (
        "This secret won’t do: it has at least 32 characters and must be the same on your "
        "server, which checks the signature."
    ),
    "field-refused-site": (
        "No WordPress site answers at this address. Write that of its home page, with https://."
    ),
    "field-refused-target": "This network isn’t in the list. Choose one.",
    "field-refused-token": (
        "Telegram doesn’t know this token. Copy it again, whole, from @BotFather."
    ),
    "field-refused-url": (
        "At this address no program takes Relais’ “ping”. It must be an https:// address that "
        "answers 200."
    ),
    "no-account": "This account manages no page to publish on. Sign in with one that does.",
    "no-app": (
        "This installation of Relais isn’t registered with this network. Until it is, publish "
        "by hand with “To paste by hand”."
    ),
    "no-sign-in-page": "This network isn’t connected on a page of its own. Fill in the fields.",
    "not-a-channel": (
        "This is a group or a conversation, not a channel. Give the name of a Telegram channel."
    ),
    "not-allowed": (
        "Your role no longer allows you to connect a channel. Ask whoever runs the firm’s account."
    ),
    "one-account-only": "One sign-in gives one of them. Choose one; start again for another.",
    "pds": "The server that this account names has no valid address.",
    "sign-in-on-page": "This network is connected on its own page, not here.",
    "state": "This sign-in was used before, is over 15 minutes old, or isn’t yours. Start again.",
    "unknown-account": "Choose among the accounts offered.",
}
