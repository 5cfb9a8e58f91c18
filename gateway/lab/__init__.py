"""The fault laboratory: simulated libraries on the loopback, with latencies and faults that a seed reproduces."""
