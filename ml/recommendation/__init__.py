"""Recommendation models behind one contract."""
