"""Read and write files that are ours: tables, pictures, records.

Here belongs what knows a file's form and nothing of its meaning. The formats of photographs are in `photo`, those of
palettes in `palettes`.
"""
