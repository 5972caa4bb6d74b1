"""
K-means for each k, and the image in given palettes.

input:  results/{image}/pixels.npz
steps:  cluster, reconstruct; repaint, for each palette of the config; photos, of a set that is studied together
output: results/{image}/k{k}/{clusters.npz,restarts.csv,palette.*,reconstructed.png}, results/{image}/palettes/{palette}.png
"""


rule cluster:
    """Fit K-means with k centroids to the colour table."""
    input:
        pixels="results/{image}/pixels.npz",
    output:
        clusters="results/{image}/k{k}/clusters.npz",
        restarts="results/{image}/k{k}/restarts.csv",
    log:
        "logs/cluster/{image}/k{k}.log",
    benchmark:
        "benchmarks/cluster/{image}/k{k}.tsv"
    # Everything else waits for the fits.
    priority: 10
    conda:
        "../../environment.yml"
    # Always one, as the number of threads changes the last digits of a fit.
    threads: 1
    resources:
        mem_mb=grow(1000),
    params:
        code=code("scripts/cluster.py"),
        kmeans=setting("kmeans"),
    message:
        "{wildcards.image}: K-means with k = {wildcards.k}"
    script:
        "../scripts/cluster.py"


rule reconstruct:
    """Rebuild the image from its k colours as an indexed PNG, and write the palette in every format."""
    input:
        pixels="results/{image}/pixels.npz",
        clusters="results/{image}/k{k}/clusters.npz",
    output:
        reconstructed=report(
            "results/{image}/k{k}/reconstructed.png",
            caption="../report/reconstruct.rst",
            category=title,
            subcategory="Pictures",
            labels=labels("reconstruction"),
        ),
        palette=[f"results/{{image}}/k{{k}}/palette.{suffix}" for suffix in FORMATS],
        swatches=report(
            "results/{image}/k{k}/palette.png",
            caption="../report/palette.rst",
            category=title,
            subcategory="Colours",
            labels=labels("palette"),
        ),
    log:
        "logs/reconstruct/{image}/k{k}.log",
    benchmark:
        "benchmarks/reconstruct/{image}/k{k}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=grow(500),
    params:
        code=code("scripts/reconstruct.py"),
        reconstruct=setting("reconstruct"),
    message:
        "{wildcards.image}: rebuild the picture with k = {wildcards.k}"
    script:
        "../scripts/reconstruct.py"


rule repaint:
    """Show the image in a palette that the config gives, as an indexed PNG of exactly that palette."""
    input:
        pixels="results/{image}/pixels.npz",
        palettes=lambda wildcards: local_files(wildcards.image, "palettes"),
    output:
        report(
            "results/{image}/palettes/{palette}.png",
            caption="../report/repaint.rst",
            category=title,
            subcategory="Pictures",
            labels={"k": "{palette}", "figure": "given palette"},
        ),
    log:
        "logs/repaint/{image}/{palette}.log",
    benchmark:
        "benchmarks/repaint/{image}/{palette}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=grow(500),
    params:
        code=code("scripts/repaint.py"),
        palettes=setting("palettes"),
        times=lambda wildcards: file_times(wildcards.image, "palettes"),
        reconstruct=setting("reconstruct"),
        space=lambda wildcards: IMAGES[wildcards.image]["kmeans"]["space"],
    message:
        "{wildcards.image}: show it in the palette {wildcards.palette}"
    script:
        "../scripts/repaint.py"


# One rule per set, as its outputs are the photos in it.
for number, image in enumerate((image for image in IMAGES if IMAGES[image]["together"]), start=1):

    rule:
        name:
            f"photos_{number}" if number > 1 else "photos"
        input:
            sheet=f"results/{image}/resized.png",
            reconstructed=expand(f"results/{image}/k{{k}}/reconstructed.png", k=IMAGES[image]["n_clusters"]),
            stops=answer(image, "stops.zip"),
        output:
            photos=[f"results/{image}/{name}" for name in photos(image)],
            table=f"results/{image}/photos.csv",
        log:
            f"logs/photos/{image}.log",
        benchmark:
            f"benchmarks/photos/{image}.tsv"
        conda:
            "../../environment.yml"
        threads: 1
        resources:
            mem_mb=grow(500),
        params:
            code=code("scripts/photos.py"),
            n_clusters=IMAGES[image]["n_clusters"],
            viewing=IMAGES[image]["viewing"],
        message:
            f"{image}: cut the photos from the sheet"
        script:
            "../scripts/photos.py"
