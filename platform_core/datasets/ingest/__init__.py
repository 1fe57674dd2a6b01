"""Files into typed tables: open, infer, clean, profile, write shards; imported by the engine only."""
