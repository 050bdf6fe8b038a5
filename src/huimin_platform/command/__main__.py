"""`python -m huimin_platform.command` is `huimin`."""

from huimin_platform.command import main

main()
