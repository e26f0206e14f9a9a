"""Choosing a collection's recipe and calibration by evidence.

Every query is asked once (observing.py); all recipes are then evaluated from what was observed (observation.py), by
the functions that also serve queries, and the simplest recipe within noise of the best is taken (selection.py).
"""
