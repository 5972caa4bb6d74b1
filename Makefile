# make           set up, then regenerate every output
# make photo=~/Pictures/cup.jpg   study a photo, several, a folder, a pattern or a URL with the defaults, in studies/
# make report    gather every figure, with captions, in results/report.zip
# make verify    run the finished experiment again in a temporary folder and compare every file
# make test      set up, then check style and run the tests
# make test-slurm, make test-s3   run the pipeline on a Slurm cluster and in a bucket of its own (docs/cluster.md)
# make bench     measure the figures in docs/performance.md (an hour)
# make mutants   change the code in small ways to see whether its tests notice (takes hours; one module: python tests/mutants.py recommend)
# make lint      style only
# make lock      refresh the requirements files from pyproject.toml
# make clean     remove everything that runs have made (but not the set-up or data/)

# Without compiled bytecode every import takes two to three times as long.
unexport PYTHONDONTWRITEBYTECODE
export PATH := $(CURDIR)/.venv/bin:$(PATH)
PYTHON ?= python3
SMK = Snakefile workflow

.PHONY: all setup report verify test test-slurm test-s3 mutants lint bench lock clean

# Unexpanded: a file's name may have a $ in it.
export PHOTO = $(value photo)

all: setup
	$(if $(PHOTO),python workflow/photo.py "$$PHOTO",snakemake --cores all)

setup: .venv/ready

.venv/ready: requirements.txt $(addprefix workflow/scripts/,_browser.py _compiled.py _kernels.py)
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer with venv is needed (Debian, Ubuntu: apt-get install python3-venv);" \
	       "name another one with: make PYTHON=python3.12"; exit 1; }
	test -x .venv/bin/python || $(PYTHON) -m venv .venv
	python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.txt
	python workflow/scripts/_browser.py
	python workflow/scripts/_compiled.py
	touch $@

report: all
	snakemake --report results/report.zip

verify: setup
	python workflow/verify.py

# Two tests side by side with two threads each wait for one another.
test test-slurm test-s3: export OMP_NUM_THREADS = 1

test: setup lint
	python -m pytest --numprocesses auto --dist worksteal

# Environments of their own: the Slurm plugin calls Slurm's tools whenever Snakemake starts.
test-slurm test-s3: test-%: .venv-%/ready
	PATH="$(CURDIR)/.venv-$*/bin:$$PATH" python -m pytest tests/$*

.venv-%/ready: requirements-%.txt $(addprefix workflow/scripts/,_browser.py _compiled.py _kernels.py)
	test -x .venv-$*/bin/python || $(PYTHON) -m venv .venv-$*
	.venv-$*/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	.venv-$*/bin/python workflow/scripts/_browser.py
	.venv-$*/bin/python workflow/scripts/_compiled.py
	touch $@

mutants: setup
	python tests/mutants.py

lint: setup
	ruff check .
	ruff format --check .
	snakefmt --check $(SMK)
	snakemake --lint

bench: all
	python bench/optimum.py
	python bench/scatter.py
	python bench/compare.py --silhouettes
	python bench/throughput.py
	python bench/scaling.py

UV_COMPILE = .venv/lock/bin/uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 \
  --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --group dev pyproject.toml

lock:
	$(PYTHON) -m venv .venv/lock
	.venv/lock/bin/pip install --quiet --disable-pip-version-check uv
	$(UV_COMPILE) --output-file requirements.txt
	# What an output file has already is kept where it can be: the same versions in all three.
	for group in slurm s3; do cp requirements.txt requirements-$$group.txt && \
	  $(UV_COMPILE) --group $$group --output-file requirements-$$group.txt || exit 1; done

clean:
	find results -mindepth 1 -maxdepth 1 ! -name README.md -exec rm -rf {} +
	rm -rf logs benchmarks studies .snakemake/kept
