"""The configuration: reading its YAML, completing it with defaults, and reporting everything that is wrong with it."""
