"""
Scores of all k of an image, and what they recommend.

input:  results/{image}/{resized.png,pixels.npz}, results/{image}/k{k}/{clusters.npz,restarts.csv,reconstructed.png}
steps:  silhouette, score, recommend, compare
output: results/{image}/{silhouette.csv,silhouettes.npz,scores.csv,recommendation.json,comparison.csv,comparison.png}
"""


rule silhouette:
    """Compute every pixel's silhouette for all k in one pass over the pairwise distances."""
    input:
        pixels="results/{image}/pixels.npz",
        clusters=per_k("results/{image}/k{k}/clusters.npz"),
    output:
        csv="results/{image}/silhouette.csv",
        npz="results/{image}/silhouettes.npz",
    log:
        "logs/silhouette/{image}.log",
    benchmark:
        "benchmarks/silhouette/{image}.tsv"
    # The longest way to the pages begins here.
    priority: 6
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=grow(1000),
    params:
        code=code("scripts/silhouette.py"),
        n_clusters=setting("n_clusters"),
        silhouette=setting("silhouette"),
    message:
        "{wildcards.image}: silhouette of every k"
    script:
        "../scripts/silhouette.py"


rule score:
    """Gather one row of scores per k."""
    input:
        pixels="results/{image}/pixels.npz",
        clusters=per_k("results/{image}/k{k}/clusters.npz"),
        restarts=per_k("results/{image}/k{k}/restarts.csv"),
        reconstructed=per_k("results/{image}/k{k}/reconstructed.png"),
        resized="results/{image}/resized.png",
        silhouette="results/{image}/silhouette.csv",
    output:
        "results/{image}/scores.csv",
    log:
        "logs/score/{image}.log",
    benchmark:
        "benchmarks/score/{image}.tsv"
    priority: 6
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=grow(500),
    params:
        code=code("scripts/score.py"),
        n_clusters=setting("n_clusters"),
    message:
        "{wildcards.image}: score every k"
    script:
        "../scripts/score.py"


rule recommend:
    """Say how many colours the photo needs: elbow, silhouette and the config's targets."""
    input:
        scores="results/{image}/scores.csv",
    output:
        "results/{image}/recommendation.json",
    log:
        "logs/recommend/{image}.log",
    benchmark:
        "benchmarks/recommend/{image}.tsv"
    priority: 6
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=grow(500),
    params:
        code=code("scripts/recommend.py"),
        target=setting("target"),
    message:
        "{wildcards.image}: how many colours does it need?"
    script:
        "../scripts/recommend.py"


rule compare:
    """Hold other quantizers, at the same k, against ours."""
    input:
        pixels="results/{image}/pixels.npz",
        clusters=per_k("results/{image}/k{k}/clusters.npz"),
        dithered=lambda wildcards: dithered(wildcards.image),
    output:
        table="results/{image}/comparison.csv",
        figure=report(
            "results/{image}/comparison.png",
            caption="../report/compare.rst",
            category="{image}",
            subcategory="Scores",
            labels={"k": "all", "figure": "other quantizers"},
        ),
    log:
        "logs/compare/{image}.log",
    benchmark:
        "benchmarks/compare/{image}.tsv"
    # Among the longest jobs.
    priority: 5
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=grow(1000),
    params:
        code=code("scripts/compare.py"),
        n_clusters=setting("n_clusters"),
        compare=setting("compare"),
        random_state=lambda wildcards: IMAGES[wildcards.image]["kmeans"]["random_state"],
    message:
        "{wildcards.image}: run the other quantizers"
    script:
        "../scripts/compare.py"
