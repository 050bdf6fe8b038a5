"""Intake: files of departments read by their contracts, with every problem named."""

from huimin.intake.marking import marked_up_workbook
from huimin.intake.reader import read
from huimin.intake.reading import Reading, message_of, messages, problem_groups

__all__ = ["Reading", "marked_up_workbook", "message_of", "messages", "problem_groups", "read"]
