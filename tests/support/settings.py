"""The schema of the configuration, and settings of K-means."""

from photopalette.config.settings import read_schema
from project import ROOT

SCHEMA = read_schema(ROOT / "workflow/schemas/config.schema.yaml")
KMEANS = {"init": "k-means++", "n_init": 10, "max_iter": 300, "tol": 1e-4, "algorithm": "lloyd", "random_state": 42}
PLAIN = {**KMEANS, "refine": "none"}  # scikit-learn alone
SEARCH = {**KMEANS, "refine": "swaps"}
