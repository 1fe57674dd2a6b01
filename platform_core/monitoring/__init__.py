"""Watches models in use: drift, quality once labels arrive, alerts."""
