"""Findings told to others: chat rooms, mail, phones, and webhooks that are signed.

Whoever judges live sessions hands over what is new (`Alerts.told`) and goes on at once.
Every target has an outbox and a thread of its own, so that neither a session nor
another target waits for one that does not answer.
"""
