"""Pages of the funds stage."""
