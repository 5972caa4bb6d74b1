"""Run a job: its log and errors, progress on the screen, the cache, the digest of the code, secrets, paths.

Nothing here decides over a byte of the results, and so no digest holds it.
"""
