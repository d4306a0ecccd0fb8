"""Durable work: claimed with a lease, retried with backoff, parked when it keeps failing. One loop a lane."""
