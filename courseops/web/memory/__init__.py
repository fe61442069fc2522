"""What the pages of one hub remember between two requests, and forget when they end."""
