"""Recommenders behind one contract (`contract.Recommender`): arrays in, arrays out."""
