"""Run the workflow from here: `snakemake --cores 4`."""


include: "workflow/Snakefile"


# An included file's default target counts in that file alone.
workflow.default_target = "all"
