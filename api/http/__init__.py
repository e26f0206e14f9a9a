"""The HTTP API: a thin shell around `api.service`. Needs the extra `serve`."""
