"""The notebook's way, from imports to figures: what the pipeline is measured against.

    python bench/notebook.py resized.png folder [--silhouettes]

Three scatter figures of all pixels as plotly's default circles, each through ``write_image``; KMeans
with ten restarts on all pixels for k = 2 … 10; the montage; the inertia curve; and, on request,
scikit-learn's silhouette of all pixels for every k (some seven minutes).
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import plotly.graph_objects as go
from PIL import Image
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score


def scatter(pixels: np.ndarray, colors: np.ndarray, centers: np.ndarray, title: str, path: Path) -> None:
    points = go.Scatter3d(
        x=pixels[:, 0],
        y=pixels[:, 1],
        z=pixels[:, 2],
        mode="markers",
        marker={"size": 1, "color": [f"rgb({red},{green},{blue})" for red, green, blue in colors]},
    )
    x, y, z = centers.T
    marks = go.Scatter3d(x=x, y=y, z=z, mode="markers", marker={"size": 5, "color": "black"})
    figure = go.Figure([points, marks])
    figure.update_layout(
        title=title,
        scene={
            "xaxis_title": "R",
            "yaxis_title": "G",
            "zaxis_title": "B",
            "camera": {"eye": {"x": 0, "y": 2, "z": 0}, "up": {"x": 0, "y": 0, "z": 1}},
        },
    )
    figure.write_image(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("image", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--silhouettes", action="store_true")
    arguments = parser.parse_args()
    image = np.asarray(Image.open(arguments.image).convert("RGB"))
    pixels, folder = image.reshape(-1, 3), arguments.folder

    scatter(pixels, pixels, pixels.mean(axis=0, keepdims=True), "pixels", folder / "scatter.png")
    models = {k: KMeans(n_clusters=k, random_state=42, n_init=10).fit(pixels) for k in range(2, 11)}
    for k in (2, 3):
        colors = models[k].cluster_centers_.astype(np.uint8)[models[k].labels_]
        scatter(pixels, colors, models[k].cluster_centers_, f"k = {k}", folder / f"scatter{k}.png")

    figure, axes = plt.subplots(2, 5, figsize=(15, 6))
    axes.flat[0].imshow(image)
    for axis, (k, model) in zip(axes.flat[1:], models.items(), strict=True):
        axis.imshow(model.cluster_centers_.astype(np.uint8)[model.labels_].reshape(image.shape))
        axis.set_title(f"k = {k}")
    figure.savefig(folder / "montage.png")
    figure, axis = plt.subplots()
    axis.plot(list(models), [model.inertia_ for model in models.values()], "o-")
    figure.savefig(folder / "inertia.png")
    if arguments.silhouettes:
        for k, model in models.items():
            print(k, silhouette_score(pixels, model.labels_))


if __name__ == "__main__":
    main()
