"""Ways to tell people: by mail, to a web address, by several of these at once."""
