"""Choosing a collection's recipe and calibration by evidence."""
