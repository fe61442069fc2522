"""What becomes of those who leave: archives of their homes, and homes taken away."""
