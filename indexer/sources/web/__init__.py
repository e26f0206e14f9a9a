"""Sites of the web, page by page: addresses, robots.txt, sitemaps, links, and what was there the last time."""
