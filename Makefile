# make           set up, then regenerate every output
# make report    gather every figure, with captions, in results/report.zip
# make test      set up, then check style and run the tests
# make bench     compare with the notebook's way, side by side (a quarter of an hour)
# make lint      style only
# make lock      refresh requirements.txt from pyproject.toml
# make clean     remove what runs have made (not the set-up, not data/)

# Without compiled bytecode every import takes two to three times as long.
unexport PYTHONDONTWRITEBYTECODE
export PATH := $(CURDIR)/.venv/bin:$(PATH)
PYTHON ?= python3
SMK = Snakefile workflow/rules

.PHONY: all setup report test lint bench lock clean

all: setup
	snakemake --cores all

setup: .venv/ready

.venv/ready: requirements.txt workflow/scripts/_browser.py
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer with venv is needed (Debian, Ubuntu: apt-get install python3-venv);" \
	       "name another one with: make PYTHON=python3.12"; exit 1; }
	test -x .venv/bin/python || $(PYTHON) -m venv .venv
	python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.txt
	python workflow/scripts/_browser.py
	touch $@

report: all
	snakemake --report results/report.zip

test: setup lint
	python -m pytest

lint: setup
	ruff check .
	ruff format --check .
	snakefmt --check $(SMK)
	snakemake --lint

bench: all
	python bench/optimum.py
	python bench/scatter.py
	python bench/compare.py --silhouettes

lock:
	$(PYTHON) -m venv .venv/lock
	.venv/lock/bin/pip install --quiet --disable-pip-version-check uv
	.venv/lock/bin/uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url --no-emit-find-links --group dev pyproject.toml --output-file requirements.txt

clean:
	rm -rf results/*/ results/scores.csv results/overview.png results/index.html results/report.zip logs benchmarks
