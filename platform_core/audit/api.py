"""Public door of audit: append-only, hash-chained log of who did what to which object."""
