"""Photographs as files: sources, downloads, file types, metadata, and decoding to 8-bit sRGB.

Files come from strangers, so damaged and malicious ones are dealt with here.
"""
