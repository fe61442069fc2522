"""One jobs/*.toml → Job."""
