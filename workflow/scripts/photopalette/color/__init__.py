"""Colours: the colour table of a photograph, colour spaces, names, a colour map.

What depends on a fit, a palette or a picture belongs in another room.
"""
