"""Pictures of few colours: built from palettes, dithered, encoded, read, laid out on sheets.

How they look in a figure is in `figures`; how strangers' photographs are read, in `photo`.
"""
