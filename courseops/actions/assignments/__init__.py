"""Assignments: out, back, graded, given back, and where everything stands."""
