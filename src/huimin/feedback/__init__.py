"""Feedback: the scale of the satisfaction question and what counts as a low score."""
