"""Where the `courseops` command starts."""


def main() -> None:
    """Run the command line."""
