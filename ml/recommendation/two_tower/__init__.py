"""Two deep towers, of people and of items, that meet in a dot product; new ones need features only."""
