"""All blueprints: importing this declares every route, once per process."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.api import (
    routes_answers,
    routes_channels,
    routes_deliveries,
    routes_inbox,
    routes_keys,
    routes_links,
    routes_media,
    routes_metrics,
    routes_networks,
    routes_posts,
    routes_public,
    routes_session,
    routes_today,
    routes_watches,
    routes_workspaces,
)

ALL: tuple[Blueprint, ...] = (
    routes_session.blueprint,
    routes_networks.blueprint,
    routes_workspaces.blueprint,
    routes_today.blueprint,
    routes_channels.blueprint,
    routes_posts.blueprint,
    routes_deliveries.blueprint,
    routes_media.blueprint,
    routes_watches.blueprint,
    routes_inbox.blueprint,
    routes_answers.blueprint,
    routes_metrics.blueprint,
    routes_links.blueprint,
    routes_keys.blueprint,
    routes_public.blueprint,
)
