"""Which run-time embeds documents fastest on this machine: measured once, remembered, and asked for where much is to be
embedded (engine/models/bulk.py).
"""
