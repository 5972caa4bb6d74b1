"""
Scores of an image for all k, how many colours it needs, and a comparison with other quantizers.

input:  results/{image}/{resized.png,pixels.npz}, results/{image}/k{k}/{clusters.npz,restarts.csv,reconstructed.png}
steps:  silhouette, answer, stock, certify, score, recommend, compare
output: results/{image}/{silhouette.csv,silhouettes.npz,certificates.csv,certificates.npz,scores.csv,recommendation.json},
        results/{image}/comparison.*, results/{image}/answer/{search.json,stops.zip,reconstructed.png,palette.*},
        results/{image}/stock/{stock}/*
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
    # The longest chain of jobs before the pages begins here.
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
    """Collect one row of scores per k."""
    input:
        pixels="results/{image}/pixels.npz",
        clusters=per_k("results/{image}/k{k}/clusters.npz"),
        restarts=per_k("results/{image}/k{k}/restarts.csv"),
        reconstructed=per_k("results/{image}/k{k}/reconstructed.png"),
        resized="results/{image}/resized.png",
        silhouette="results/{image}/silhouette.csv",
        certificates="results/{image}/certificates.csv",
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
        mem_mb=grow(1000),
    params:
        code=code("scripts/score.py"),
        n_clusters=setting("n_clusters"),
        viewing=setting("viewing"),
    message:
        "{wildcards.image}: score every k"
    script:
        "../scripts/score.py"


rule answer:
    """Find how many colours meet the target and what each level of quality costs; show the answer."""
    input:
        pixels="results/{image}/pixels.npz",
    output:
        search="results/{image}/answer/search.json",
        stops="results/{image}/answer/stops.zip",
        palette=[f"results/{{image}}/answer/palette.{suffix}" for suffix in FORMATS],
        swatches=report(
            "results/{image}/answer/palette.png",
            caption="../report/palette.rst",
            category=title,
            subcategory="Colours",
            labels={"k": "answer", "figure": "palette"},
        ),
        reconstructed=report(
            "results/{image}/answer/reconstructed.png",
            caption="../report/answer.rst",
            category=title,
            subcategory="Pictures",
            labels={"k": "answer", "figure": "reconstruction"},
        ),
    log:
        "logs/answer/{image}.log",
    benchmark:
        "benchmarks/answer/{image}.tsv"
    # What certifies it, the scores and the pages wait for it.
    priority: 8
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=grow(1000),
    params:
        code=code("scripts/answer.py"),
        kmeans=setting("kmeans"),
        palette=setting("palette"),
        reconstruct=setting("reconstruct"),
        target=setting("target"),
        viewing=setting("viewing"),
    message:
        "{wildcards.image}: how many colours does it need?"
    script:
        "../scripts/answer.py"


rule stock:
    """Choose the best few of the colours that somebody has, for every k, and answer how many meet the target."""
    input:
        pixels="results/{image}/pixels.npz",
        search=lambda wildcards: answer(wildcards.image, "search.json"),
        file=lambda wildcards: local_files(wildcards.image, "stock", wildcards.stock),
    output:
        choices="results/{image}/stock/{stock}/choices.csv",
        answer="results/{image}/stock/{stock}/answer.json",
        stops="results/{image}/stock/{stock}/stops.zip",
        table="results/{image}/stock/{stock}/colors.csv",
        palette=[f"results/{{image}}/stock/{{stock}}/palette.{suffix}" for suffix in FORMATS],
        swatches=report(
            "results/{image}/stock/{stock}/palette.png",
            caption="../report/stock.rst",
            category=title,
            subcategory="Colours",
            labels={"k": "{stock}", "figure": "palette"},
        ),
        reconstructed=report(
            "results/{image}/stock/{stock}/reconstructed.png",
            caption="../report/stock.rst",
            category=title,
            subcategory="Pictures",
            labels={"k": "{stock}", "figure": "reconstruction"},
        ),
        curve=report(
            "results/{image}/stock/{stock}/curve.png",
            caption="../report/stock.rst",
            category=title,
            subcategory="Scores",
            labels={"k": "{stock}", "figure": "quality"},
        ),
    log:
        "logs/stock/{image}/{stock}.log",
    benchmark:
        "benchmarks/stock/{image}/{stock}.tsv"
    priority: 7
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=grow(1500),
    params:
        code=code("scripts/stock.py"),
        title=setting("title"),
        stock=lambda wildcards: IMAGES[wildcards.image]["stock"][wildcards.stock],
        times=lambda wildcards: file_times(wildcards.image, "stock", wildcards.stock),
        space=lambda wildcards: IMAGES[wildcards.image]["kmeans"]["space"],
        weight_exponent=lambda wildcards: IMAGES[wildcards.image]["kmeans"]["weight_exponent"],
        keep=lambda wildcards: IMAGES[wildcards.image]["kmeans"]["keep"],
        order=lambda wildcards: IMAGES[wildcards.image]["palette"]["order"],
        reconstruct=setting("reconstruct"),
        target=setting("target"),
        viewing=setting("viewing"),
    message:
        "{wildcards.image}: which of the colours in {wildcards.stock}, and how few?"
    script:
        "../scripts/stock.py"


rule certify:
    """Prove how good the fits are: lower bounds of the inertia."""
    input:
        pixels="results/{image}/pixels.npz",
        clusters=per_k("results/{image}/k{k}/clusters.npz"),
        search=lambda wildcards: answer(wildcards.image, "search.json"),
    output:
        table="results/{image}/certificates.csv",
        radii="results/{image}/certificates.npz",
    log:
        "logs/certify/{image}.log",
    benchmark:
        "benchmarks/certify/{image}.tsv"
    priority: 7
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=grow(1000),
    params:
        code=code("scripts/certify.py"),
        n_clusters=setting("n_clusters"),
        kmeans=setting("kmeans"),
        palette=setting("palette"),
        certify=setting("certify"),
    message:
        "{wildcards.image}: how much better could other colours be?"
    script:
        "../scripts/certify.py"


rule recommend:
    """Weigh the evidence: the answer to the target, elbow, silhouette."""
    input:
        scores="results/{image}/scores.csv",
        search=lambda wildcards: answer(wildcards.image, "search.json"),
        certificates="results/{image}/certificates.csv",
        stocks=lambda wildcards: stocks(wildcards.image, "answer.json"),
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
        "{wildcards.image}: weigh the evidence"
    script:
        "../scripts/recommend.py"


rule compare:
    """Compare with other quantizers at the same k, and with given palettes."""
    input:
        pixels="results/{image}/pixels.npz",
        clusters=per_k("results/{image}/k{k}/clusters.npz"),
        dithered=lambda wildcards: dithered(wildcards.image),
        search=lambda wildcards: answer(wildcards.image, "search.json") if is_compared_at_few(wildcards.image) else [],
        palettes=lambda wildcards: local_files(wildcards.image, "palettes"),
    output:
        table="results/{image}/comparison.csv",
        pictures="results/{image}/comparison.zip",
        figure=report(
            "results/{image}/comparison.png",
            caption="../report/compare.rst",
            category=title,
            subcategory="Scores",
            labels={"k": "all", "figure": "comparison"},
        ),
    log:
        "logs/compare/{image}.log",
    benchmark:
        "benchmarks/compare/{image}.tsv"
    # One of the longest jobs.
    priority: 5
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=grow(1000),
    params:
        code=code("scripts/compare.py"),
        title=setting("title"),
        n_clusters=setting("n_clusters"),
        methods=lambda wildcards: IMAGES[wildcards.image]["compare"]["methods"],
        few=lambda wildcards: is_compared_at_few(wildcards.image),
        palettes=setting("palettes"),
        times=lambda wildcards: file_times(wildcards.image, "palettes"),
        space=lambda wildcards: IMAGES[wildcards.image]["kmeans"]["space"],
        reconstruct=setting("reconstruct"),
        random_state=lambda wildcards: IMAGES[wildcards.image]["kmeans"]["random_state"],
        viewing=lambda wildcards: IMAGES[wildcards.image]["viewing"] if dithered(wildcards.image) else None,
    message:
        "{wildcards.image}: compare with other palettes"
    script:
        "../scripts/compare.py"
