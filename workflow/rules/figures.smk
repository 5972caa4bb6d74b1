"""
Figures.

input:  scores.csv, recommendation.json, silhouette.csv, silhouettes.npz, resized.png, pixels.npz, and per k
        clusters.npz and reconstructed.png
steps:  scatter, error, silhouette_plot, curves, montage, card; study, over all images
output: results/{image}/{scatter,inertia,silhouette,quality,montage,card}.png, results/{image}/k{k}/{scatter,error,silhouette}.png,
        results/{scores.csv,overview.png}
"""

# One browser draws all of an image's scatter figures, because starting one costs as much as a figure
# (docs/performance.md).
for name, n_clusters, images in rules_per_n_clusters("scatter"):

    rule:
        name:
            name
        input:
            pixels="results/{image}/pixels.npz",
            clusters=expand("results/{{image}}/k{k}/clusters.npz", k=n_clusters),
        output:
            pixels=report(
                "results/{image}/scatter.png",
                caption="../report/scatter.rst",
                category=title,
                subcategory="Colours",
                labels={"k": "none", "figure": "scatter"},
            ),
            clusters=[
                report(
                    f"results/{{image}}/k{k}/scatter.png",
                    caption="../report/scatter_k.rst",
                    category=title,
                    subcategory="Colours",
                    labels={"k": padded(k), "figure": "scatter"},
                )
                for k in n_clusters
            ],
        log:
            "logs/scatter/{image}.log",
        benchmark:
            "benchmarks/scatter/{image}.tsv"
        wildcard_constraints:
            image=images,
        # The longest job, and so the first of those that wait for the fits.
        priority: 5
        conda:
            "../../environment.yml"
        threads: 1
        resources:
            mem_mb=grow(2000),
        params:
            code=code(
                "scripts/scatter.py", *(f"scripts/photopalette/figures/{name}" for name in ("render.py", "static.js"))
            ),
            title=setting("title"),
            n_clusters=setting("n_clusters"),
            scatter=setting("scatter"),
        message:
            "{wildcards.image}: draw its colours in RGB space"
        script:
            "../scripts/scatter.py"


# One job for all k, because imports take longer than drawing a map.
for name, n_clusters, images in rules_per_n_clusters("error"):

    rule:
        name:
            name
        input:
            pixels="results/{image}/pixels.npz",
            reconstructed=expand("results/{{image}}/k{k}/reconstructed.png", k=n_clusters),
        output:
            [
                report(
                    f"results/{{image}}/k{k}/error.png",
                    caption="../report/error.rst",
                    category=title,
                    subcategory="Pictures",
                    labels={"k": padded(k), "figure": "error map"},
                )
                for k in n_clusters
            ],
        log:
            "logs/error/{image}.log",
        benchmark:
            "benchmarks/error/{image}.tsv"
        wildcard_constraints:
            image=images,
        conda:
            "../../environment.yml"
        threads: 1
        resources:
            mem_mb=grow(1000),
        params:
            code=code("scripts/error.py"),
            title=setting("title"),
            n_clusters=setting("n_clusters"),
        message:
            "{wildcards.image}: map the colour differences"
        script:
            "../scripts/error.py"


# One job for all k, as for the maps.
for name, n_clusters, images in rules_per_n_clusters("silhouette_plot"):

    rule:
        name:
            name
        input:
            csv="results/{image}/silhouette.csv",
            npz="results/{image}/silhouettes.npz",
            clusters=expand("results/{{image}}/k{k}/clusters.npz", k=n_clusters),
        output:
            [
                report(
                    f"results/{{image}}/k{k}/silhouette.png",
                    caption="../report/silhouette_plot.rst",
                    category=title,
                    subcategory="Scores",
                    labels={"k": padded(k), "figure": "silhouettes"},
                )
                for k in n_clusters
            ],
        log:
            "logs/silhouette_plot/{image}.log",
        benchmark:
            "benchmarks/silhouette_plot/{image}.tsv"
        wildcard_constraints:
            image=images,
        conda:
            "../../environment.yml"
        threads: 1
        resources:
            mem_mb=grow(500),
        params:
            code=code("scripts/silhouette_plot.py"),
            title=setting("title"),
            n_clusters=setting("n_clusters"),
        message:
            "{wildcards.image}: draw the silhouette of every cluster"
        script:
            "../scripts/silhouette_plot.py"


rule curves:
    """Draw inertia, silhouette and colour difference against k."""
    input:
        scores="results/{image}/scores.csv",
        recommendation="results/{image}/recommendation.json",
    output:
        inertia=report(
            "results/{image}/inertia.png",
            caption="../report/inertia.rst",
            category=title,
            subcategory="Scores",
            labels={"k": "all", "figure": "inertia"},
        ),
        silhouette=report(
            "results/{image}/silhouette.png",
            caption="../report/silhouette.rst",
            category=title,
            subcategory="Scores",
            labels={"k": "all", "figure": "silhouette"},
        ),
        quality=report(
            "results/{image}/quality.png",
            caption="../report/quality.rst",
            category=title,
            subcategory="Scores",
            labels={"k": "all", "figure": "quality"},
        ),
    log:
        "logs/curves/{image}.log",
    benchmark:
        "benchmarks/curves/{image}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=grow(500),
    params:
        code=code("scripts/curves.py"),
        title=setting("title"),
    message:
        "{wildcards.image}: draw the curves"
    script:
        "../scripts/curves.py"


rule montage:
    """Show the original and every k side by side."""
    input:
        resized="results/{image}/resized.png",
        pixels="results/{image}/pixels.npz",
        reconstructed=per_k("results/{image}/k{k}/reconstructed.png"),
    output:
        report(
            "results/{image}/montage.png",
            caption="../report/montage.rst",
            category=title,
            subcategory="Pictures",
            labels={"k": "all", "figure": "montage"},
        ),
    log:
        "logs/montage/{image}.log",
    benchmark:
        "benchmarks/montage/{image}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=grow(1000),
    params:
        code=code("scripts/montage.py"),
        n_clusters=setting("n_clusters"),
        montage=setting("montage"),
    message:
        "{wildcards.image}: lay out the montage"
    script:
        "../scripts/montage.py"


rule card:
    """Draw a card to share: the photo, its picture and palette, and the number of colours."""
    input:
        resized="results/{image}/resized.png",
        scores="results/{image}/scores.csv",
        recommendation="results/{image}/recommendation.json",
        pictures=lambda wildcards: pictures(wildcards.image),
    output:
        report(
            "results/{image}/card.png",
            caption="../report/card.rst",
            category=title,
            subcategory="Pictures",
            labels={"k": "answer", "figure": "card"},
        ),
    log:
        "logs/card/{image}.log",
    benchmark:
        "benchmarks/card/{image}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=grow(500),
    params:
        code=code("scripts/card.py"),
        title=setting("title"),
        n_clusters=setting("n_clusters"),
    message:
        "{wildcards.image}: draw a card to share"
    script:
        "../scripts/card.py"


rule study:
    """Collect every image and k in one table, and show what quality costs."""
    input:
        scores=expand("results/{image}/scores.csv", image=IMAGES),
    output:
        scores="results/scores.csv",
        overview=report(
            "results/overview.png",
            caption="../report/overview.rst",
            category="All images",
            labels={"k": "all", "figure": "overview"},
        ),
    log:
        "logs/study.log",
    benchmark:
        "benchmarks/study.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=grow(1000),
    params:
        code=code("scripts/study.py"),
        titles={image: TITLES[image] for image in IMAGES},
        dithered=[image for image in IMAGES if dithered(image)],
    message:
        "all images: gather the scores"
    script:
        "../scripts/study.py"
