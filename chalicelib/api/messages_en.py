"""What the API says to people, in English. The same keys as ``messages_fr``."""

from __future__ import annotations

from chalicelib.api import messages_connecting_en as connecting
from chalicelib.api import messages_heard_en as heard
from chalicelib.api import messages_networks_en as networks
from chalicelib.api import messages_videos_en as videos

PROBLEMS = {
    **heard.PROBLEMS,
    "already-running": (
        "Already under way",
        "The same request is still under way. Wait a few seconds, then look at the result.",
    ),
    "body-too-large": (
        "Too large",
        "The request is over {max_kb} KB. Images are sent apart.",
    ),
    "busy": (
        "No answer in time",
        "The store didn’t answer in time. Try again: nothing will be done twice.",
    ),
    "cant-now": ("Not possible in this state", "{reason}"),
    "changed-meanwhile": (
        "It has changed",
        "This post is no longer as you saw it. Look at it again, then decide.",
    ),
    "connect-refused": (
        "Connection refused",
        "The network didn’t take this information. Nothing was saved.",
    ),
    "cross-site": (
        "A request from elsewhere",
        (
            "This request doesn’t come from Relais’s own pages: it changed nothing. Programs use "
            "an API key."
        ),
    ),
    "cursor-invalid": (
        "Unknown place in the list",
        "The cursor doesn’t come from this list. Start again from its beginning.",
    ),
    "edited-meanwhile": (
        "Edited meanwhile",
        (
            "This post was edited meanwhile{by_whom}. Read the current version before you save "
            "yours."
        ),
    ),
    "idempotency-key-invalid": (
        "Unreadable idempotency key",
        "Idempotency-Key has 1 to 200 visible ASCII characters.",
    ),
    "idempotency-key-reused": (
        "Idempotency key used before",
        "This Idempotency-Key was used for another request. Take a new one.",
    ),
    "internal": (
        "An error on our side",
        "Something failed on our side. Try again; if it goes on, give this number: {request}.",
    ),
    "invalid": (
        "To be corrected",
        "Nothing was saved. See below what is to be corrected.",
    ),
    "link-used-up": (
        "Link used before, or too old",
        "This link works once, for 15 minutes. Ask for a new one.",
    ),
    "media-refused": ("File refused", "The file wasn’t kept. {reason}"),
    "method-not-allowed": (
        "Method not known here",
        "This address doesn’t take this method.",
    ),
    "network-away": (
        "The network doesn’t answer",
        "{network} didn’t answer. Nothing was saved; try again in a few minutes.",
    ),
    "not-found": (
        "Not found",
        "There is nothing at this address in this firm.",
    ),
    "not-json": (
        "Not JSON",
        "The request’s body must be a valid JSON object, in UTF-8.",
    ),
    "role-too-low": (
        "Not allowed for your role",
        "Your role doesn’t allow it: one must be {needs}.",
    ),
    "scope-missing": (
        "Key without this scope",
        "This API key doesn’t give this right.",
    ),
    "sign-in-needed": (
        "Sign-in needed",
        "Sign in to go on. Programs send their key: “Authorization: Bearer …”.",
    ),
    "too-late": (
        "Too late",
        "The post is already going out, or live. Nothing was changed.",
    ),
    "too-often": (
        "Too many requests",
        "Too many requests in a row from this place. Try again in {minutes}.",
    ),
    "unsupported-media-type": (
        "Content type refused",
        "The request’s body must be declared as application/json.",
    ),
    "wrong-origin": (
        "Address refused",
        "Use the public address of Relais.",
    ),
}

FAULTS = {
    **connecting.FAULTS,
    **heard.FAULTS,
    **networks.FAULTS,
    **videos.FAULTS,
    "alt-too-long-counted": "Alternative text of {count} characters: {channel} takes {max}.",
    "caption-too-long-counted": (
        "{count} {unit}: under an image or a video {channel} takes {max}. Shorten by {over}, write "
        "a text for {channel}, or remove it."
    ),
    "bad-link": "{channel} takes only an address that begins with http:// or https://.",
    "empty": "Write a text, or add an image.",
    "gone": "This account no longer exists.",
    "address": "This address leads to no public server.",
    "image-animated": "This animation can’t be made smaller. Send a smaller one.",
    "image-type-mismatch": (
        "The file is declared as {declared}, but it is of another type. Send it as what it is."
    ),
    "image-not-an-image": "This file isn’t a JPEG, PNG, WebP or GIF image.",
    "image-too-many-pixels": (
        "The image has too many pixels: at most {max_pixels} million. Make it smaller first."
    ),
    "image-truncated": "The image is damaged or incomplete. Send it again.",
    "media-refused": "The network refuses this image.",
    "too-long-counted": (
        "{count} {unit}: {channel} takes {max}. Shorten it by {over}, or write a text for "
        "{channel}."
    ),
    "too-many-media-counted": "{count} images: {channel} takes {max}.",
    "already-connected": "This account is already connected as “{name}”.",
    "already-scheduled": "This post is already scheduled. Change its time instead.",
    "bad-date": "This date can’t be read. Example: 2026-11-25.",
    "bad-local-time": "This time can’t be read. Example: 2026-11-25T08:30, without an offset.",
    "bad-url": "An address begins with http:// or https://.",
    "bad-window": "A period goes from a first day to a last one, at most {days} days.",
    "closed": "This network has closed: choose another one.",
    "closed-network": "This network has closed. {told}",
    "expires-in-past": "The end of its validity is already past.",
    "field-refused": "The network doesn’t take what is written here.",
    "forbidden": "The network refuses this account, or it lacks the right to publish.",
    "image-heic": (
        "HEIC photos aren’t read by the networks. On an iPhone: Settings, Camera, Formats, “Most "
        "Compatible”, or send the photo as JPEG."
    ),
    "image-missing": "The file didn’t arrive. Send it again.",
    "image-too-big": "The image weighs {size_mb} MB: at most {max_mb} MB.",
    "image-type": (
        "This type of file isn’t taken. Send a JPEG, PNG, WebP or GIF image, or an MP4 or MOV "
        "video."
    ),
    "invalid": "This value doesn’t fit.",
    "missing": "To be filled in.",
    "no-channel": "Choose at least one channel.",
    "not-a-boolean": "Answer by true or false.",
    "not-a-number": "A whole number is needed.",
    "not-a-time": "This time can’t be read. Example: 2026-11-25T07:30:00Z.",
    "not-an-address": "This isn’t an e-mail address.",
    "not-an-object": "A JSON object is needed here.",
    "not-a-list": "A list is needed here.",
    "not-one-of": "Possible values: {expected}.",
    "not-text": "Text is needed here.",
    "other-account": "This is another account than {handle}. Connect it as a new channel.",
    "past": "This time is already past. Choose one to come.",
    "sign-in-refused": "The network refuses this name or this password.",
    "too-large": "At most {max}.",
    "too-long": "At most {max} characters.",
    "too-many": "At most {max}.",
    "too-many-channels": "At most {max} channels.",
    "too-many-keys": "At most {max} keys. Revoke one.",
    "too-short": "At least {min} characters.",
    "too-few": "At least {min}.",
    "too-small": "At least {min}.",
    "unknown-channel": "This channel doesn’t exist or isn’t connected any more.",
    "unknown-field": "This field isn’t known.",
    "unknown-language": "This language isn’t known. Example: fr, en, pt-BR.",
    "unknown-media": "This image wasn’t sent here, or hasn’t arrived completely.",
    "unknown-network": "This network isn’t known.",
    "unknown-scope": "Possible scopes: read, write; at least one.",
    "unknown-variant": "This channel has a text of its own but isn’t chosen.",
    "unknown-zone": "This time zone isn’t known. Example: Europe/Paris.",
}

REFUSALS = {
    **heard.REFUSALS,
    **networks.REFUSALS,
    **videos.REFUSALS,
    "address": (
        "The server of {network} isn’t at a public address of the internet. Reconnect this "
        "channel to the right one."
    ),
    "alt_too_long": (
        "An alternative text is too long for {network}. Shorten it, then send the post again."
    ),
    "bad_link": (
        "{network} doesn’t take this link. Write a whole address that begins with https://, "
        "then send the post again."
    ),
    "by_hand": (
        "{network} is published on by hand. Copy the post there, then tell us that it is published."
    ),
    "caption_too_long": (
        "{network} finds this post too long under an image or a video. Shorten it, write a text "
        "for this channel, or remove the image or the video, then send it again."
    ),
    "closed": "{network} has closed. Choose another channel.",
    "disconnected": (
        "This channel was disconnected before the time: nothing went out. Choose another channel."
    ),
    "duplicate": (
        "{network} says that it has this post already. Change a few words if you want it twice."
    ),
    "empty": (
        "There is nothing to publish on {network}. Write a text, or add an image, then send "
        "the post again."
    ),
    "forbidden": (
        "{network} doesn’t let this account publish this. Check its rights there, then send "
        "the post again."
    ),
    "gone": (
        "What this post hangs on no longer exists on {network}. Check that the account is "
        "still there, then send it again."
    ),
    "invalid": "{network} refuses this post as it is. Edit it, then send it again.",
    "media_gone": (
        "An image is no longer here. Upload it again or remove it, then send the post again."
    ),
    "media_refused": "{network} refuses an image. Change or remove it, then send the post again.",
    "no_app": (
        "This installation of Relais is no longer registered with {network}. Ask whoever runs it "
        "to register it, then send the post again."
    ),
    "too_long": (
        "{network} finds this post too long. Shorten it, or write a text for this channel, "
        "then send it again."
    ),
    "too_many_media": (
        "There are too many images for {network}. Remove some, then send the post again."
    ),
}
"""Why a network refuses a post for good, and what to change; by ``Rejected.reason``."""

WHYS = {
    "kit": "It is time: copy the text, paste it on {network}, then tell us that it is published.",
    "late": (
        "Its time has passed, and the grace too. Nothing went out on {network}: say whether "
        "it still should."
    ),
    "poison": (
        "It stopped five times on the way, before it went out on {network}. Say whether "
        "to send it again."
    ),
    "unknown": (
        "We don’t know whether this post is online on {network}. Look at your page, then tell us."
    ),
}
"""Why a delivery needs a person, and what she can do; by ``Why``."""

RESULTS = {
    "absent": "We looked: it wasn’t on {network}.",
    "auth_expired": "{network} refused our connection: nothing went out.",
    "cant_tell": "We looked, and couldn’t tell.",
    "look_failed": "We couldn’t look: the network didn’t answer.",
    "found": "We found it online.",
    "not_called": "Time ran out: nothing went out.",
    "published": "{network} confirmed that it is published.",
    "rate_limited": "{network} asks to wait: nothing went out.",
    "rejected": "{network} refused this post: nothing went out.",
    "sent": "It began to go out.",
    "taken": "{network} has it, and is still examining it.",
    "transient": "{network} couldn’t take it: nothing went out.",
    "unknown": "{network} gave no clear answer: it may be online.",
}
"""What an attempt came to; by ``Result``."""

ACTS = {
    **heard.ACTS,
    "channel-connected": "connected a channel",
    "channel-disconnected": "disconnected a channel",
    "channel-paused": "paused a channel",
    "channel-reconnected": "reconnected a channel",
    "channel-renamed": "renamed a channel",
    "channel-resumed": "resumed a channel",
    "delivery-decided": "settled a delivery",
    "key-made": "made an API key",
    "key-revoked": "revoked an API key",
    "post-cancelled": "cancelled a post",
    "post-created": "wrote a post",
    "post-deleted": "deleted a post",
    "post-duplicated": "duplicated a post",
    "post-edited": "edited a post",
    "post-moved": "moved a post",
    "post-scheduled": "scheduled a post",
    "signed-in": "signed in",
    "workspace-changed": "changed the firm’s settings",
}
"""What somebody did, without who; by ``Did``."""

REASONS = {
    **heard.REASONS,
    "is-broken": "This channel waits to be reconnected: its posts wait already.",
    "is-disconnected": "This channel is disconnected. Connect the account as a new channel.",
}

MODERATIONS = heard.MODERATIONS
SOURCES = {**heard.SOURCES, **networks.SOURCES}

NOTES = {
    "dst-gap": (
        "The chosen time ({chosen}) doesn’t exist: the clocks go forward. The post will go out at "
        "{actual}."
    ),
    "dst-overlap": (
        "The chosen time ({chosen}) comes twice: the clocks go back. The post will go out at the "
        "first."
    ),
}

ROLES = {
    "viewer": "a member of the firm",
    "editor": "an editor",
    "approver": "an approver",
    "owner": "an owner",
}

WORDS = {
    "waits-for-channel": (
        "{network} refuses our connection. The post waits for this channel to be reconnected."
    ),
    "this-network": "this network",
    "link-unknown-title": "This link leads nowhere",
    "link-unknown": (
        "Check the address: its end may be missing. Otherwise ask whoever gave it to you."
    ),
    "link-expired-title": "This link has ended",
    "link-expired": "It was good for some time only. Ask whoever gave it to you.",
    "unit-bytes": "bytes",
    "unit-characters": "characters",
    "by": " by {name}",
    "minute": "1 minute",
    "minutes": "{n} minutes",
    "month-1": "January",
    "month-2": "February",
    "month-3": "March",
    "month-4": "April",
    "month-5": "May",
    "month-6": "June",
    "month-7": "July",
    "month-8": "August",
    "month-9": "September",
    "month-10": "October",
    "month-11": "November",
    "month-12": "December",
    "time": "{hour}:{minute:02}",
    "time-on": "{time} on {day} {month}",
    "feed-of": "News from {name}",
    "published-on": "Published on {when}",
}
