"""Evaluation: every target of the plan defined once, and how a figure is judged against it."""
