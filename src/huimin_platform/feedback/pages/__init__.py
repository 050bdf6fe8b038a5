"""Pages of the feedback stage."""
