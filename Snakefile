"""Run the workflow from here: `snakemake --cores 4`."""


include: "workflow/Snakefile"
