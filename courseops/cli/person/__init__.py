"""`courseops person …`: what a person may see of themselves, and how they are forgotten."""
