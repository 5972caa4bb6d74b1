"""How good a picture in few colours or a clustering is: metrics, criteria for k, targets.

How scores are drawn belongs in the scripts.
"""
