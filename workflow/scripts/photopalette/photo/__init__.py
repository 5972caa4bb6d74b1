"""Get a photograph and read it: sources, downloads, file types, metadata, decoding to 8-bit sRGB.

Whatever a stranger's file may hold is dealt with here.
"""
