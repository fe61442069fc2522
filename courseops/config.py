"""config.toml (+ courses.d/*.toml) → frozen models."""
