"""Pages of base: signing in and out, and what a page says when something is not there, not allowed or broken."""
