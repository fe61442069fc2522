"""Where rosters come from: `files` reads every export that `formats` knows, in any container."""
