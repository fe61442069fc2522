"""The restic command line: volumes in, snapshots and bytes out, nothing else.

`versions` knows what each release can do and what its exit codes mean, `arguments` how a
command line is spelled, `answers` how to read what it says, `door` how it is started and
`repository` puts them together.
"""
