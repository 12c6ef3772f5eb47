"""Synthetic tasks, one a file: batches as a pure function of a step, and the exact optimum."""
