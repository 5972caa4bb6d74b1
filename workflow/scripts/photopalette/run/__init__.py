"""How a job runs: its log and errors, the progress on the screen, the cache, the digest of its code, secrets, paths.

Nothing in here may have an effect on a byte of the results, because no digest of code covers this room.
"""
