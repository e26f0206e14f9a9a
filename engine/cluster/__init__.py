"""A collection served by several machines: published in shards, copied by replicas, searched by the one query path."""
