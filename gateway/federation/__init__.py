"""Asking many libraries at once: planning, fan-out, health, merging while answers arrive."""
