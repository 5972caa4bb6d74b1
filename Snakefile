"""Run the workflow from here: `snakemake --cores 4`."""


include: "workflow/Snakefile"


rule default:
    """Make everything: the default target of an included file counts in that file alone."""
    input:
        rules.all.input,
