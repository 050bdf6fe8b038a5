"""Units: money in fen, dates, working days, identity numbers, division codes, words in two languages."""
