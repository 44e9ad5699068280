"""Waiting for something to become true, never longer than it may take."""

import time

# Generous: a debug build on a busy machine. A story that works takes a fraction of it.
PATIENCE_S = 30.0
PAUSE_S = 0.02


def until(probe, what, patience_s=PATIENCE_S):
    """Asks `probe` until it answers something true, and answers that. `what` is for the error."""
    deadline = time.monotonic() + patience_s
    while True:
        found = probe()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience_s} s in vain until {what}; last seen: {found!r}")
        time.sleep(PAUSE_S)
