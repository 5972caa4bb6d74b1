"""
Scores of all k of an image.

input:  results/{image}/pixels.npz, results/{image}/k{k}/clusters.npz
steps:  silhouette, score
output: results/{image}/silhouette.csv, results/{image}/scores.csv
"""


rule silhouette:
    """Compute the silhouette scores of all k in one pass over the pairwise distances."""
    input:
        pixels="results/{image}/pixels.npz",
        clusters=per_k("results/{image}/k{k}/clusters.npz"),
        code=shared("_colors.py"),
    output:
        "results/{image}/silhouette.csv",
    log:
        "logs/silhouette/{image}.log",
    benchmark:
        "benchmarks/silhouette/{image}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        silhouette=setting("silhouette"),
    script:
        "../scripts/silhouette.py"


rule score:
    """Gather one row of scores per k."""
    input:
        pixels="results/{image}/pixels.npz",
        clusters=per_k("results/{image}/k{k}/clusters.npz"),
        restarts=per_k("results/{image}/k{k}/restarts.csv"),
        silhouette="results/{image}/silhouette.csv",
        code=shared("_colors.py"),
    output:
        "results/{image}/scores.csv",
    log:
        "logs/score/{image}.log",
    benchmark:
        "benchmarks/score/{image}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
    script:
        "../scripts/score.py"
