"""A quick look into our own database, where it is a file; `store` writes it."""

# Its name in the folder of our state.
DATABASE = "courseops.sqlite"
