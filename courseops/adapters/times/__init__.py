"""When jobs are due: by cron, at intervals, and by the calendar of the courses."""
