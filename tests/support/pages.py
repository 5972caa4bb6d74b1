"""What a page is made from and read with."""

from html.parser import HTMLParser

from project import ROOT

MEANINGS = {5: "looks right on its own", 2: "takes a close look to tell apart"}
TEMPLATES = ROOT / "workflow/templates"
HOSTILE = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; alert(1); '",
    "{{ 7 * 7 }} & <!-- \u2028\u2029",
    "javascript:alert(1)",
]


def recommendation(target=None, elbow=None, silhouette=None, asked=None, exact=None, colors=5000, hues=None):
    reached = {name: 2.5 for name in asked or {}}
    return {
        "sentence": "",
        "target": {"k": target, "asked": asked or {}, "reached": reached if target else {}, "best_in_range": reached},
        "elbow": {"k": elbow, "inertia": None},
        "silhouette": {"k": silhouette, "silhouette": silhouette and 0.5},
        "certificate": {"k": None, "lower_bound": None, "gap": None},
        "exact": {"k": exact, "colors": colors},
        "answer": {"k": target or 256, "meets": bool(target), "most": min(colors, 256), "lost": {"hues": hues or []}}
        if asked
        else None,
        "prices": [{"asked": asked, "meaning": MEANINGS.get(asked.get("delta_e_mean")), "k": target}] if asked else [],
        "stock": {},
        "tried": [{"k": target, "png_bytes": 8614, "delta_e_mean": 4.0, "delta_e_p95": 9.0}] if target else [],
    }


class Reader(HTMLParser):
    """Tell tags from text as a browser does."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.text, self.scripts = [], [], "", []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data):
        if self.lasttag == "script" and self.scripts and self.cdata_elem == "script":
            self.scripts[-1] += data
        else:
            # Where a line may end is not a matter of what is said.
            self.text += data.replace("\N{NO-BREAK SPACE}", " ")
