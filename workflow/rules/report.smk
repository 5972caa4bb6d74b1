"""
Pages to share, and the record that allows a run to be repeated and verified.

input:  per image its tables, pictures and palettes
steps:  explorer; gallery and provenance, over all images
output: results/{image}/explorer.html, results/{index.html,provenance.json,SHA256SUMS}
"""


rule explorer:
    """Show all results of an image on one page, in one file."""
    input:
        pixels="results/{image}/pixels.npz",
        resized="results/{image}/resized.png",
        clusters=per_k("results/{image}/k{k}/clusters.npz"),
        reconstructed=per_k("results/{image}/k{k}/reconstructed.png"),
        scores="results/{image}/scores.csv",
        recommendation="results/{image}/recommendation.json",
        comparison=lambda wildcards: comparison(wildcards.image),
        silhouettes="results/{image}/silhouettes.npz",
        stops=lambda wildcards: answer(wildcards.image, "stops.zip"),
        photos=lambda wildcards: photo_scores(wildcards.image),
        choices=lambda wildcards: stocks(wildcards.image, "choices.csv"),
        chosen=lambda wildcards: stocks(wildcards.image, "stops.zip"),
    output:
        "results/{image}/explorer.html",
    log:
        "logs/explorer/{image}.log",
    benchmark:
        "benchmarks/explorer/{image}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=grow(1000),
    params:
        code=code(
            "scripts/explorer.py",
            *templates("explorer.html", "explorer.css", "editor.html", "editor.css", "contrast.html", "charts.html"),
            *(
                f"templates/explorer/{name}.js"
                for name in (
                    *("page", "color", "store", "pictures", "inspect", "formats", "png", "palette", "editor"),
                    *("losses", "scores", "silhouettes", "contrast", "space", "scatter", "app"),
                )
            ),
        ),
        title=setting("title"),
        order=lambda wildcards: IMAGES[wildcards.image]["palette"]["order"],
        card=lambda wildcards: IMAGES[wildcards.image]["figures"]["card"],
        n_clusters=setting("n_clusters"),
        palettes=setting("palettes"),
        viewing=setting("viewing"),
    message:
        "{wildcards.image}: write the explorer"
    script:
        "../scripts/explorer.py"


rule gallery:
    """Write the front page, with links to the explorer of every image."""
    input:
        resized=expand("results/{image}/resized.png", image=IMAGES),
        recommendation=expand("results/{image}/recommendation.json", image=IMAGES),
        scores=expand("results/{image}/scores.csv", image=IMAGES),
        pictures=[path for image in IMAGES for path in pictures(image)],
        overview="results/overview.png",
    output:
        "results/index.html",
    log:
        "logs/gallery.log",
    benchmark:
        "benchmarks/gallery.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=grow(500),
    params:
        code=code("scripts/gallery.py", *templates("gallery.html", "gallery.css", "gallery.js")),
        images={image: settings["n_clusters"] for image, settings in IMAGES.items()},
        titles=TITLES,
        faults=FAULTS,
        figures={image: settings["figures"] for image, settings in IMAGES.items()},
    message:
        "all images: write the front page"
    script:
        "../scripts/gallery.py"


rule provenance:
    """Record what the results were made from, and the hash of every file."""
    input:
        raw=expand("data/raw/{image}", image=IMAGES),
        others=other_files(),
        results=[
            *(f"results/{name}" for name in ("scores.csv", "overview.png", "index.html")),
            *(f"results/{image}/{name}" for image in IMAGES for name in files(image)),
        ],
    output:
        provenance="results/provenance.json",
        sums="results/SHA256SUMS",
    log:
        "logs/provenance.log",
    benchmark:
        "benchmarks/provenance.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=grow(500),
    params:
        code=code("scripts/provenance.py"),
        images=dict(IMAGES),
        others=other_files(),
        faults=FAULTS,
        browser=any(map(has_scatter, IMAGES)),
    message:
        "all images: record what made the results"
    script:
        "../scripts/provenance.py"
