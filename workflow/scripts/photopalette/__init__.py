"""Code that several scripts share, in one room per subject; a room imports only rooms below it (docs/design.md)."""
