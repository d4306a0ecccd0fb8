"""Checkup: what an operator is told who asks whether all is right. Spends, posts and changes nothing.

Slack's part is `handlers/checkup.py`.
"""
