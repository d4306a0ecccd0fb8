"""Buying: what was approved is read again, the attempt is recorded, the call is made once, and its outcome is kept."""
