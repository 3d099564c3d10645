"""Fixtures every test may ask for."""

pytest_plugins = [
    "tests.engine_fixtures",
    "tests.relais_fixtures",
    "tests.servers.fixtures",
    "tests.store_fixtures",
]
