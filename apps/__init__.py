"""The business applications, five Django apps of one shape."""
