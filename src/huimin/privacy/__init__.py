"""Privacy: masking of what identifies a person, suppression of small counts in what is published."""
