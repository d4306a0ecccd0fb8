"""Use cases, a folder for each capability. Whatever one of them changes, it changes in one transaction.

Knows nothing of Slack's payloads or the provider's JSON: those come in through `ports.py`.
"""
