"""`python -m courseops` is `courseops`."""

from courseops.cli.main import main

main()
