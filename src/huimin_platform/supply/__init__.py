"""Who can help: departments and officers."""
