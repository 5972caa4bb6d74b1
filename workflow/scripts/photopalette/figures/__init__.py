"""Figures: their style and titles, and the browser that renders plotly's.

What one figure shows belongs in its script.
"""
