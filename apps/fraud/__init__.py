"""Fraud risk: score payments in milliseconds, with reasons."""
