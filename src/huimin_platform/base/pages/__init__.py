"""Pages of base: signing in and out, the audit log, and what is not there, not allowed or broken."""
