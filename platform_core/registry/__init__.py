"""Signed model versions with lineage, metrics, cards and aliases."""
