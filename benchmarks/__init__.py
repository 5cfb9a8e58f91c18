"""Benchmarks: each module has ``run()`` and prints figures with a ratio against a reference of the same run."""
