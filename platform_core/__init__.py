"""The shared core of the platform: it knows no business domain."""
