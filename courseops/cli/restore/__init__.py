"""`courseops restore …`: one module a part, looking at what there was and bringing it back."""
