"""What the scripts of the rules share, a room a subject; a room imports only rooms below it (docs/design.md)."""
