"""Colours: the colour table of a photograph, colour spaces, names.

Here belongs what holds for colours on their own, whatever photograph, fit or palette they are of.
"""
