"""The pages of a hub, as a service of it: each asks an action, as the command line does."""
