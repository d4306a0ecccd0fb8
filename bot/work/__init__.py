"""Durable work: rows claimed with a lease (`queue.py`), worked by one loop a lane (`worker.py`), `retry.py`."""
