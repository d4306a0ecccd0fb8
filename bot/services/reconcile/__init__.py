"""Reconciling: what the provider shows against what the bot knows, until nothing is left that nobody can explain."""
