"""`courseops assignment …`: one module a part of the round, out, back, graded and returned."""
