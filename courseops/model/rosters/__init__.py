"""Who should be in a course, who is, and what a plan makes of the difference."""
