"""Is one run better than another, or is it chance? Paired tests over queries, and reports of them."""
