"""`courseops backup …`: one module a part of it: taking copies, keeping them, proving them."""
