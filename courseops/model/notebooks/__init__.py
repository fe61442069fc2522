"""What a notebook says, how it is shown, and what is different between two."""
