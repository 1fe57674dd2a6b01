"""What every model shares: bundle format, metrics, checkpoints, seeds, progress protocol."""
