"""REST interface of endpoints: what they are, and where they send requests."""
