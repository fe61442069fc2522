"""What we need from outside, as Protocols; one module a neighbour.

Actions read and write the world through these and nothing else; `adapters/` fulfil them
for the real programs, `adapters/memory/` for tests, and one contract suite a port in
`tests/contract/` holds both to the same promises.
"""
