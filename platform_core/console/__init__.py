"""The admin site for model operations."""
