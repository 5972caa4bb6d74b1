"""
Figures.

input:  scores.csv, recommendation.json, resized.png, pixels.npz, and per k clusters.npz and reconstructed.png
steps:  scatter, curves, montage; study, over all images
output: results/{image}/{scatter,inertia,silhouette,montage}.png, results/{image}/k{k}/scatter.png,
        results/{scores.csv,overview.png}
"""

# One browser draws all of an image's scatter figures, because starting one costs as much as a figure
# (docs/performance.md). A rule's outputs are fixed, so each set of k has a rule of its own.
for number, (n_clusters, images) in enumerate(images_by_n_clusters().items(), start=1):

    rule:
        name:
            "scatter" if number == 1 else f"scatter_{number}"
        input:
            pixels="results/{image}/pixels.npz",
            clusters=expand("results/{{image}}/k{k}/clusters.npz", k=n_clusters),
            code=shared("_browser.py", "_colors.py", "_static.js"),
        output:
            pixels="results/{image}/scatter.png",
            clusters=expand("results/{{image}}/k{k}/scatter.png", k=n_clusters),
        log:
            "logs/scatter/{image}.log",
        benchmark:
            "benchmarks/scatter/{image}.tsv"
        wildcard_constraints:
            image="|".join(map(re.escape, images)),
        # The longest job: first of all that waits for the fits.
        priority: 5
        conda:
            "../../environment.yml"
        threads: 1
        resources:
            mem_mb=2000,
        params:
            scatter=setting("scatter"),
        script:
            "../scripts/scatter.py"


rule curves:
    """Draw inertia and silhouette against k."""
    input:
        scores="results/{image}/scores.csv",
        recommendation="results/{image}/recommendation.json",
        code=shared("_style.py"),
    output:
        inertia="results/{image}/inertia.png",
        silhouette="results/{image}/silhouette.png",
    log:
        "logs/curves/{image}.log",
    benchmark:
        "benchmarks/curves/{image}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
    script:
        "../scripts/curves.py"


rule montage:
    """Show the original and every k side by side."""
    input:
        resized="results/{image}/resized.png",
        reconstructed=per_k("results/{image}/k{k}/reconstructed.png"),
        code=shared("_style.py"),
    output:
        "results/{image}/montage.png",
    log:
        "logs/montage/{image}.log",
    benchmark:
        "benchmarks/montage/{image}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        n_clusters=setting("n_clusters"),
        montage=setting("montage"),
    script:
        "../scripts/montage.py"


rule study:
    """Gather every image and k in one table, and show what quality costs."""
    input:
        scores=expand("results/{image}/scores.csv", image=IMAGES),
        code=shared("_style.py"),
    output:
        scores="results/scores.csv",
        overview="results/overview.png",
    log:
        "logs/study.log",
    benchmark:
        "benchmarks/study.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
    script:
        "../scripts/study.py"
