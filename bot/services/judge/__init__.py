"""Judging: what people did, and what time does, each in one transaction in which it counts."""
