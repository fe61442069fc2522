"""Assignments, what was handed in, its deadlines, grades and mending."""
