"""
From a source to a colour table.

input:  the image's `source` (a URL, a local file or a photo of scikit-image) and its `mask`
steps:  download, resize, flatten
output: data/raw/{image}, results/{image}/resized.png, results/{image}/pixels.npz
"""


rule download:
    """Fetch the source byte for byte."""
    input:
        photos=lambda wildcards: local_files(wildcards.image, "source"),
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
        code=code("scripts/download.py"),
        source=setting("source"),
        photos=lambda wildcards: IMAGES[wildcards.image].get("photos"),
        version=lambda wildcards: url_version(wildcards.image),
        times=lambda wildcards: file_times(wildcards.image, "source"),
        sha256=setting("sha256"),
        download=setting("download"),
    message:
        "{wildcards.image}: fetch the photo"
    script:
        "../scripts/download.py"


rule resize:
    """Decode to upright 8-bit sRGB at the studied size; pixels that do not count become transparent."""
    input:
        raw="data/raw/{image}",
        mask=lambda wildcards: local_files(wildcards.image, "mask"),
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
        code=code("scripts/resize.py"),
        source=setting("source"),
        photos=lambda wildcards: IMAGES[wildcards.image].get("photos"),
        mask=setting("mask"),
        times=lambda wildcards: file_times(wildcards.image, "mask"),
        settings=sections("background", "allow_truncated", "max_megapixels", "transparency", "crop", "resize"),
    message:
        "{wildcards.image}: decode, turn upright and resize"
    script:
        "../scripts/resize.py"


rule flatten:
    """Factor the pixels into distinct colours, counts and index; a grey mask weighs them."""
    input:
        resized="results/{image}/resized.png",
        mask=lambda wildcards: local_files(wildcards.image, "mask"),
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
    params:
        code=code("scripts/flatten.py"),
        mask=mask_settings,
        times=lambda wildcards: file_times(wildcards.image, "mask"),
    message:
        "{wildcards.image}: count the colours"
    script:
        "../scripts/flatten.py"
