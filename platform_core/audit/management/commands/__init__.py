"""Commands of the audit part."""
