"""Reads of the evaluation stage: what each indicator counts, the figures kept, the rows behind them."""
