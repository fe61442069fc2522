"""The restic command line: volumes in, snapshots and bytes out, nothing else.

`versions` knows what each release can do and `endings` what its exit codes mean, `arguments`
how a command line is spelled, `answers` how to read what it says, `launcher` how it is
started and `door` what is tried when it fails; `repository` and `upkeep` put them together.
"""
