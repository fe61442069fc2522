"""One person in our own records: pseudonyms, what is known, what goes and what stays."""
