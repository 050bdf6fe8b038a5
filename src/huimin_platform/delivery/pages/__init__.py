"""Pages of the delivery stage."""
