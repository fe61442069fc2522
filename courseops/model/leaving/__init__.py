"""Who may leave, what is archived of them, and what erasing leaves behind."""
