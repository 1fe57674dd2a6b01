"""Plumbing every REST route shares: permissions, problems, paging, throttling, idempotency."""
