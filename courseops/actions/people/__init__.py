"""What a person may ask of us: to see what we keep of them, and to be forgotten."""
