"""What the API says of what single networks ask or refuse, in English.

Keys as in ``messages_networks_fr``.
"""

from __future__ import annotations

FAULTS = {
    "banned": "The network no longer lets this account publish. See why in its app.",
    "comment-too-long-counted": (
        "First comment, {count} {unit}: {channel} takes {max}. Shorten by {over}."
    ),
    "field-refused-interactions": "Choose what people may do with your posts.",
    "field-refused-visibility": "Choose who may see your posts.",
    "media-too-small": (
        "An image of {width} × {height} pixels: {channel} wants at least {min} on each side."
    ),
    "no-access": (
        "The network hasn’t opened its access to this installation of Relais yet. Until then, "
        "publish by hand with “To paste by hand”."
    ),
    "phone-number": "{channel} refuses posts with a telephone number in them. Take it out.",
    "refused-characters": (
        "{channel} takes these characters neither in a title nor in a text: {characters}. "
        "Take them out."
    ),
    "title-too-long-counted": (
        "A title of {count} characters: {channel} takes {max}. Shorten by {over}."
    ),
    "too-few-media-counted": "{channel} wants at least {min} image.",
}

REFUSALS = {
    "address_unverified": (
        "{network} fetches images only from an address that was proved to be ours. Ask whoever "
        "runs this installation of Relais to have it verified with {network}, then send the post "
        "again."
    ),
    "already_answered": (
        "This review already has an answer on {network}, and bears only one. Change it there."
    ),
    "banned": (
        "{network} no longer lets this account publish. See why in its app, then send the post "
        "again."
    ),
    "comment_too_long": (
        "{network} finds the first comment too long. Shorten it, then send the post again."
    ),
    "locked_private": (
        "{network} has the video, but keeps it private: it hasn’t reviewed this installation of "
        "Relais yet, or the channel may not make it public. See to it with whoever runs the "
        "installation, or publish by hand; then write the post anew, for that video stays private."
    ),
    "media_ratio": (
        "An image is too tall or too wide for {network}. Crop it, then send the post again."
    ),
    "media_too_small": (
        "An image is too small for {network}. Put a larger one in its place, then send the post "
        "again."
    ),
    "media_unreachable": (
        "{network} can’t fetch an image or a video from here. This installation of Relais must be "
        "at a public address: see to it with whoever runs it, then send the post again."
    ),
    "no_access": (
        "{network} hasn’t opened its access to this installation of Relais. Ask whoever runs it "
        "to apply for it, or publish by hand, then send the post again."
    ),
    "over_cap": (
        "The monthly cap of the networks that charge leaves no room for this post: nothing was "
        "sent, nothing was paid. Raise it where your opening hours are, in Figures, or wait for "
        "next month, then send the post again."
    ),
    "phone_number": (
        "{network} refuses posts with a telephone number in them. Take it out, then send the "
        "post again."
    ),
    "refused_characters": (
        "{network} takes neither < nor > in a title or a text. Take them out, then send the post "
        "again."
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
    "video_limit": (
        "{network} takes no more videos of this account today. Send the post again tomorrow, or "
        "remove the video."
    ),
    "video_not_allowed": (
        "{network} takes no videos of this account yet: its e-mail address isn’t confirmed, or it "
        "is too new or limited. See to that in its settings, then send the post again."
    ),
    "visibility_refused": (
        "This {network} account doesn’t offer the visibility that was chosen: a private account "
        "can’t publish for everyone. Change that in its app, or connect the channel again and "
        "choose otherwise, then send the post again."
    ),
    "video_slow": (
        "{network} hasn’t finished processing the video in time. Look there how far it is, then "
        "send the post again."
    ),
}

SOURCES = {
    "no_access": (
        "The network hasn’t opened its access to this installation of Relais yet. Ask whoever "
        "runs it to apply for it."
    ),
}
