"""Intake: files of departments read by their contracts, with every problem named."""

from huimin.intake.reader import read
from huimin.intake.reading import Reading, message_of, messages, problem_groups

__all__ = ["Reading", "message_of", "messages", "problem_groups", "read"]
