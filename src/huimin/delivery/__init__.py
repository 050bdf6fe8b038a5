"""Delivery 服务供给: which period of a grant is due, and how much of it."""
