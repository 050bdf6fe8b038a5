"""What every stage stands on: people who sign in, access, audit, secrets, the lake, COPY, the clock, jobs."""
