"""Funds 资金: posting rules, payment states, checks before money moves, files to and from the bank."""
