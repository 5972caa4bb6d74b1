"""Fit K-means to a colour table: restarts, search, Lloyd's iterations, the palette of a fit.

How good a fit is, is told in `quality`.
"""
