"""What the API says of what single networks ask or refuse, in English.

Keys as in ``messages_networks_fr``.
"""

from __future__ import annotations

FAULTS = {
    "media-too-small": (
        "An image of {width} × {height} pixels: {channel} wants at least {min} on each side."
    ),
    "no-access": (
        "The network hasn’t opened its access to this installation of Relais yet. Until then, "
        "publish by hand with “To paste by hand”."
    ),
    "phone-number": "{channel} refuses posts with a telephone number in them. Take it out.",
    "title-too-long-counted": (
        "A title of {count} characters: {channel} takes {max}. Shorten by {over}."
    ),
    "too-few-media-counted": "{channel} wants at least {min} image.",
}

REFUSALS = {
    "already_answered": (
        "This review already has an answer on {network}, and bears only one. Change it there."
    ),
    "media_ratio": (
        "An image is too tall or too wide for {network}. Crop it, then send the post again."
    ),
    "media_too_small": (
        "An image is too small for {network}. Put a larger one in its place, then send the post "
        "again."
    ),
    "media_unreachable": (
        "{network} can’t fetch an image from here. This installation of Relais must be at a public "
        "address: see to it with whoever runs it, then send the post again."
    ),
    "no_access": (
        "{network} hasn’t opened its access to this installation of Relais. Ask whoever runs it "
        "to apply for it, or publish by hand, then send the post again."
    ),
    "over_cap": (
        "The monthly cap of the networks that charge leaves no room for this post: nothing was "
        "sent, nothing was paid. Raise it where your opening hours are, in Metrics, or wait for "
        "next month, then send the post again."
    ),
    "phone_number": (
        "{network} refuses posts with a telephone number in them. Take it out, then send the "
        "post again."
    ),
    "refused_on_review": (
        "{network} has looked at this post and doesn’t show it. Read its rules, change the text "
        "or the image, then send it again."
    ),
    "title_too_long": (
        "{network} finds this title too long. Shorten it, then send the post again."
    ),
    "too_few_media": (
        "{network} publishes nothing without an image. Add one, then send the post again."
    ),
    "too_many_links": (
        "{network} takes five different links in a post at most. Take some out, then send it again."
    ),
    "too_many_tags": (
        "{network} takes 30 hashtags and 20 mentions at most. Take some out, then send the post "
        "again."
    ),
}

SOURCES = {
    "no_access": (
        "The network hasn’t opened its access to this installation of Relais yet. Ask whoever "
        "runs it to apply for it."
    ),
}
