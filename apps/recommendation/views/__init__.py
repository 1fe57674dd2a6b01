"""Pages of the recommendation application, one module per tab."""
