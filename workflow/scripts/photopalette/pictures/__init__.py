"""Pictures in few colours: built from palettes, dithered, encoded, read, laid out on sheets.

The look of figures belongs in `figures`, reading the users' photographs in `photo`.
"""
