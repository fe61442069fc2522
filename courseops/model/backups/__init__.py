"""Volumes and snapshots, versions of files, what counts as backed up and restored."""
