"""*Course*: one course for its staff, from the roster to the grades that go out."""
