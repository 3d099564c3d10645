"""Who may do what: each role may do all that the lower ones may."""

from __future__ import annotations

from enum import StrEnum

from chalicelib.workspaces.workspaces import Role

READ = "read"
WRITE = "write"
SCOPES = frozenset({READ, WRITE})
"""What an API key can be made for; its holder still has only its maker's role."""


class Action(StrEnum):
    """What can be done in a firm."""

    SEE = "see"
    """Read posts, deliveries, channels, the inbox, figures, the firm's own facts."""
    COMPOSE = "compose"
    """Write, schedule, move and cancel posts, upload media, say that a kit was pasted."""
    DECIDE = "decide"
    """Settle a delivery whose outcome is in doubt."""
    LISTEN = "listen"
    """Set up watches and what is read for them."""
    TRIAGE = "triage"
    """Look after the inbox: assign, label, note, snooze, close, moderate, answer; saved replies."""
    ERASE = "erase"
    """Erase what a person has said, and how it was triaged."""
    MEASURE = "measure"
    """Type figures, make tracked links."""
    MANAGE_CHANNELS = "manage-channels"
    """Connect, test, pause, resume, rename, reconnect, disconnect."""
    MANAGE_WORKSPACE = "manage-workspace"
    """Change the firm's own facts."""
    MANAGE_KEYS = "manage-keys"
    """Make and revoke API keys, see who is a member and who did what: never by an API key."""


_LOWEST = {
    Action.SEE: Role.VIEWER,
    Action.COMPOSE: Role.EDITOR,
    Action.DECIDE: Role.APPROVER,
    Action.LISTEN: Role.EDITOR,
    Action.TRIAGE: Role.EDITOR,
    Action.ERASE: Role.APPROVER,
    Action.MEASURE: Role.EDITOR,
    Action.MANAGE_CHANNELS: Role.APPROVER,
    Action.MANAGE_WORKSPACE: Role.OWNER,
    Action.MANAGE_KEYS: Role.OWNER,
}


def lowest(action: Action) -> Role:
    """Return the lowest role that may do this."""
    return _LOWEST[action]


def allows(role: Role, action: Action) -> bool:
    """Say whether a member with this role may do this."""
    return role >= _LOWEST[action]


def scope_of(action: Action) -> str | None:
    """Return the scope that an API key needs for this; None: no key may do it."""
    if action is Action.MANAGE_KEYS:
        return None
    return READ if action is Action.SEE else WRITE
