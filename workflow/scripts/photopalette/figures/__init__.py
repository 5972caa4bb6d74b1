"""Draw figures: their style, and the browser that renders plotly's."""
