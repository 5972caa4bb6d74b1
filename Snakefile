"""Study a photograph's colours with K-means: from a config of images and k to every figure and table."""

from snakemake.utils import min_version

min_version("9.0")


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/image.smk"
include: "workflow/rules/cluster.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/run.smk"


rule all:
    """Make everything: the record of a run, and the sums of all that it made."""
    default_target: True
    input:
        "results/provenance.json",
        "results/SHA256SUMS",


rule images:
    """Make every artefact of every image; of very many in parts, with --batch images=1/10 and so on."""
    input:
        [f"results/{image}/{artefact}" for image in IMAGES for artefact in artefacts(image)],
