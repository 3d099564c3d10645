"""What networks there are, and what each takes."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.api import views
from chalicelib.api.answers import Health, NetworksAnswer
from chalicelib.api.calls import Call
from chalicelib.api.routes import Who, route

blueprint = Blueprint(__name__)


@route(blueprint, "GET", "/v1/networks", action=Who.SIGNED_IN, answer=NetworksAnswer)
def list_networks(call: Call) -> NetworksAnswer:
    """List the networks, closed ones too, in the person's language."""
    language = call.words.language.value
    specs, apps = call.services.network_specs.values(), call.services.apps
    found = [
        views.network(spec, language, is_registered=not spec.app or spec.app in apps)
        for spec in specs
    ]
    return NetworksAnswer(items=found + views.closed_networks(language))


@route(blueprint, "GET", "/v1/health", action=Who.ANYBODY, answer=Health)
def health(call: Call) -> Health:  # noqa: ARG001 -- all routes are called alike
    """Say that the API answers; nothing behind it is asked."""
    return Health(ok=True)
