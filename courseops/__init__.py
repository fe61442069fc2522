"""Run the courses of many JupyterHubs: rosters, assignments, grades, backups, restores, reports."""

__version__ = "0.1.0"
