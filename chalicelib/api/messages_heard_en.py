"""What the API says of what is heard and counted, in English; keys as in ``messages_heard_fr``."""

from __future__ import annotations

PROBLEMS = {
    "answered-meanwhile": (
        "Answered already",
        (
            "An answer has already been sent{by_whom}, at {when}. Read the conversation again "
            "before you send yours."
        ),
    ),
    "cant-answer": (
        "It can’t be answered",
        "{reason}",
    ),
    "cant-moderate": (
        "Not possible on this network",
        "{reason}",
    ),
    "not-a-feed": (
        "No feed found",
        "{reason}",
    ),
    "site-away": (
        "The site doesn’t answer",
        "The site didn’t answer. Try again in a few minutes.",
    ),
}

FAULTS = {
    "watch-empty": "Write at least one word or phrase to look for.",
    "watch-only-excludes": "Write what is to be found too: so far everything is left out.",
    "too-many-terms-counted": "{count} words and phrases: {max} at most. Remove {over}.",
    "term-too-long-counted": "This phrase has {count} characters: {max} at most.",
    "term-empty": "There is no word here.",
    "term-too-common": "Almost every text has this: add a word that says more.",
    "term-contradicts": (
        "This word is both looked for and left out. Remove it from one of the lists."
    ),
    "too-many-watches": "At most {max} watches. Delete one.",
    "too-many-sources": "At most {max} sources. Remove some.",
    "name-length": "Give a name of at most {max} characters.",
    "channels-are-always-read": "Your channels are always read: there is no need to add them.",
    "address-missing": "Write the feed’s address.",
    "words-length": "Write {min} to {max} characters.",
    "no-channel-there": "Connect a channel on this network first: it is searched by its account.",
    "unknown-member": "This person isn’t in the firm.",
    "too-far": "In {days} days at the latest.",
    "unknown-placeholder": "The field “{field}” isn’t known. Possible fields: {expected}.",
    "is-an-answer": "This is an answer: it can’t be duplicated.",
    "day-in-future": "This day isn’t over yet.",
    "day-before-publication": "This post wasn’t published yet on that day.",
    "no-figures": "Write at least one figure.",
    "unknown-metric": "This metric isn’t known, or isn’t one that is typed.",
    "figure-out-of-range": "A figure is from 0 to {max}.",
    "period-length": "A period has 1 to {max} days.",
    "link-not-web": "A link leads to an address that begins with http:// or https://.",
    "link-credentials": "This address holds a name or a password. Remove it.",
    "link-too-long": "This address is too long.",
    "unknown-delivery": "This delivery doesn’t exist in this firm.",
}

REFUSALS = {
    "answered_gone": (
        "What you answered no longer exists on {network}. Nothing went out; look at the "
        "conversation."
    ),
    "comments_closed": (
        "Comments are closed on {network}. Open them there, then send the answer again."
    ),
    "unanswerable": (
        "{network} lets no app answer here: its author hasn’t named or quoted you, or limits who "
        "may answer. Nothing went out; answer on {network} itself."
    ),
    "not_answerable": (
        "Nothing can be answered from here on {network}. Open the conversation there, then "
        "answer it."
    ),
}

REASONS = {
    "no-channel": "No connected channel can answer it. Open it where it was written.",
    "answered-gone": "This text was deleted where it stood: there is nothing left to answer.",
}
"""Why a mention can't be answered; by ``CantAnswer.why``."""

MODERATIONS = {
    "forbidden": "{network} doesn’t let this account do it. Check its rights there.",
    "gone": "This text no longer exists on {network}.",
    "invalid": "{network} refused. Open the conversation there.",
    "no_channel": "The channel by which this text came isn’t connected any more.",
    "not_offered": "{network} doesn’t offer this.",
    "not_ours": "The conversation isn’t yours: on {network} only its author can do this.",
    "over_cap": (
        "{network} charges for this, and your monthly cap has no room left: nothing has changed. "
        "Raise it with your opening hours, in Figures."
    ),
    "refused": "{network} refuses our connection. Reconnect the channel.",
    "too_old": "{network} lets messages be deleted for 48 hours only. Delete it over there.",
    "too_many": "{network} lets no more be hidden in this conversation.",
}
"""Why a network lets nothing be done about what was said; by ``Rejected.reason``."""

SOURCES = {
    "address": "This address leads to no public server. Check it.",
    "away": "The server doesn’t answer. We try again regularly.",
    "broken": "Reading failed. We try again; if it goes on, remove this source and add it anew.",
    "cap_too_low": (
        "This network charges for what is read, and your monthly cap isn’t enough: nothing is "
        "read. Raise it with your opening hours, in Figures; reading takes half of it at most."
    ),
    "closed": "This server shows hashtags to its own members only. Choose another one.",
    "forbidden": "The site refuses to answer us. Ask whoever runs it, or choose another address.",
    "gone": "This source says that it is no more. Remove it.",
    "login-page": "The site asks for a password. Choose a public address.",
    "no-feed": "We found no feed on this site. Try the address of its blog or news.",
    "no-group": (
        "This channel has no discussion group: there is nothing to listen to. In Telegram link a "
        "group to it and make the bot an administrator there, or pause this listening."
    ),
    "no-time": "There was no time to read this source. It will be read once the watch is saved.",
    "not-a-feed": "What is at this address isn’t a feed. Look for it from the site’s home page.",
    "not-found": "There is nothing at this address. Check it.",
    "not-in-group": (
        "What is said in the discussion group doesn’t reach the bot. In Telegram make it an "
        "administrator of that group."
    ),
    "not-mastodon": "This server doesn’t answer as a Mastodon server does. Check its address.",
    "not-told": "This network doesn’t allow this search. Choose another one.",
    "over_cap": (
        "The month’s cap is reached: this network charges for what is read, and reading takes "
        "half of the cap at most. It will go on on the 1st of next month, or as soon as you raise "
        "the cap with your opening hours, in Figures."
    ),
    "rate-limited": "The server asks to wait. Reading will go on by itself.",
    "read-elsewhere": (
        "Another program reads already what is said to this bot. Make one for Relais with "
        "@BotFather, then reconnect the channel."
    ),
    "reconnect": "The channel must be reconnected. Reading will then go on where it stopped.",
    "refused": (
        "The network refuses our connection. Test the channel, and reconnect it if need be."
    ),
    "too-big": "This feed is too big to be read. Look for another one on the site.",
}
"""Why a source isn't read, and what to do; by ``Source.reason``."""

ACTS = {
    "figures-entered": "typed figures",
    "link-made": "made a tracked link",
    "mention-answered": "answered in the inbox",
    "mention-assigned": "assigned an inbox item",
    "mention-closed": "closed an inbox item",
    "mention-labelled": "labelled an inbox item",
    "mention-moderated": "moderated an inbox item",
    "mention-noted": "wrote a note in the inbox",
    "mention-reopened": "reopened an inbox item",
    "mention-snoozed": "snoozed an inbox item",
    "mentions-closed": "closed several inbox items",
    "person-erased": "erased a person from the inbox",
    "reply-changed": "changed a saved reply",
    "reply-deleted": "deleted a saved reply",
    "reply-saved": "saved a reply",
    "source-paused": "paused a source",
    "source-resumed": "resumed a source",
    "watch-changed": "changed a watch",
    "watch-created": "created a watch",
    "watch-deleted": "deleted a watch",
}
