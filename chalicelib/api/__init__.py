"""The HTTP API: thin routes over the capability packages."""
