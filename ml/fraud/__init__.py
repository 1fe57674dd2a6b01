"""Fraud risk: features of events, models, rules; arrays in, arrays out."""
