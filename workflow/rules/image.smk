"""
From a source to a colour table.

input:  the image's `source`: a URL, a local file, or a photo of scikit-image's
steps:  download, resize, flatten
output: data/raw/{image}, results/{image}/resized.png, results/{image}/pixels.npz
"""


rule download:
    """Fetch the source byte for byte."""
    input:
        photo=lambda wildcards: local_source(wildcards.image),
        code=shared("_source.py"),
    output:
        "data/raw/{image}",
    log:
        "logs/download/{image}.log",
    benchmark:
        "benchmarks/download/{image}.tsv"
    retries: 2
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=grow(500),
        attempt=lambda wildcards, attempt: attempt,
    params:
        source=setting("source"),
        time=lambda wildcards: source_time(wildcards.image),
        sha256=setting("sha256"),
        download=setting("download"),
    script:
        "../scripts/download.py"


rule resize:
    """Decode to upright 8-bit sRGB at the studied size."""
    input:
        raw="data/raw/{image}",
        code=shared("_decode.py", "_depth.py", "_kinds.py", "_metadata.py", "_source.py", "_srgb.py", "_tiff.py"),
    output:
        "results/{image}/resized.png",
    log:
        "logs/resize/{image}.log",
    benchmark:
        "benchmarks/resize/{image}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=grow(1000),
    params:
        source=setting("source"),
        background=setting("background"),
        allow_truncated=setting("allow_truncated"),
        max_megapixels=setting("max_megapixels"),
        resize=setting("resize"),
    script:
        "../scripts/resize.py"


rule flatten:
    """Factor the pixels into distinct colours, counts and index."""
    input:
        resized="results/{image}/resized.png",
        code=shared("_colors.py"),
    output:
        "results/{image}/pixels.npz",
    log:
        "logs/flatten/{image}.log",
    benchmark:
        "benchmarks/flatten/{image}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=grow(1000),
    script:
        "../scripts/flatten.py"
