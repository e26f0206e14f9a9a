"""Simulation of a cluster larger than any that was run: many shards, their queues, hedged calls, and faults."""
