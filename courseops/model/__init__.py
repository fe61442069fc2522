"""What courseops decides: pure values and functions, standard library only."""
