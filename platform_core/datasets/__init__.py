"""Encrypted, versioned tables: ingest, profile, clean, split, preview, stream to training, shred."""
