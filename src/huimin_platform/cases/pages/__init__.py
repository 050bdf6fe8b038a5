"""Pages of the cases stage."""
