"""The command `huimin`: everything a bureau does without pages, and what starts the pages."""


def main() -> None:
    """Runs the command; the exit code says how it went (see `huimin --help`)."""
    from huimin_platform.command.app import run

    run()
