"""Read what the user asks for: YAML with its lines, settings and their defaults, all that is wrong with them."""
