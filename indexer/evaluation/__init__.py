"""Measuring search on judged queries, for `tune`, `certify`, `diff` and the benchmarks."""
