"""Scores as probabilities: is a hit relevant, has a question an answer at all?"""
