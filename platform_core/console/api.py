"""Public door of console: the admin site for model operations."""
