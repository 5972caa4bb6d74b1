"""Pages: what their templates need, and charts as SVG.

The templates are in `workflow/templates`; what one page shows belongs in its script.
"""
