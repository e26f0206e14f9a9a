"""The page at `/`: plain HTML over `api.service`, made on the server; it needs no script. Needs the extra `serve`."""
