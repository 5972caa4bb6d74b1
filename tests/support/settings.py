"""Settings of K-means that tests share."""

KMEANS = {"init": "k-means++", "n_init": 10, "max_iter": 300, "tol": 1e-4, "algorithm": "lloyd", "random_state": 42}
PLAIN = {**KMEANS, "refine": "none"}  # scikit-learn alone
SEARCH = {**KMEANS, "refine": "breathing"}
