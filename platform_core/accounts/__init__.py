"""Who may do what: organisations, users, roles, API keys and the permission table."""
