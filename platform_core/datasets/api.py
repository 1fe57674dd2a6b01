"""Public door of datasets: encrypted, versioned tables: ingest, profile, clean, split, preview, stream to training, shred."""
