"""Guards of public money as 0001 makes them. What is said otherwise later is said by a later migration, not here."""
