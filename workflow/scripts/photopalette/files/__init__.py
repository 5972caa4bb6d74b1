"""Reading and writing the pipeline's own files.

Code belongs here if it depends on a file's format but not on its meaning. The formats of photographs are in `photo`,
those of palettes in `palettes`.
"""
