"""Palettes: tables, file formats and pictures of them, palettes from elsewhere, and other quantizers.

Our own quantizer is in `kmeans`.
"""
