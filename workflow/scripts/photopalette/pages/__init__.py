"""Write pages: what templates are given, charts as SVG."""
