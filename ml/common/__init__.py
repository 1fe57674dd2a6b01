"""What every model shares: bundle format, stored arrays and texts, metrics, progress protocol, seeds."""
