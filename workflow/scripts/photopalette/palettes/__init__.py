"""Palettes: their names and file formats, palettes from elsewhere, and other quantizers."""
