"""What the sync and the async client share; nothing here waits for a network."""
