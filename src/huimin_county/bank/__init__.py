"""A make-believe bank: a process of its own over an exchange folder, honest or not, with its own book."""

from huimin_county.bank.process import AlreadyOpen, clock_day, run
from huimin_county.bank.profiles import PROFILES, Profile
from huimin_county.bank.records import Line, book
from huimin_county.bank.rounds import Bank, wrong_with

__all__ = ["PROFILES", "AlreadyOpen", "Bank", "Line", "Profile", "book", "clock_day", "run", "wrong_with"]
