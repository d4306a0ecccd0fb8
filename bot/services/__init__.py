"""Use cases, a file each, named by the verb people use. Each ends in one transaction.

Knows nothing of Slack's payloads or the provider's JSON: those come in through `ports.py`.
"""
