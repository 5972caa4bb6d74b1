# make           set up what the experiment needs, then regenerate every output
# make photo=~/Pictures/cup.jpg   study a photo, several, a folder, a pattern or a URL with the defaults, in studies/
# make report    gather every figure, with captions, in results/report.zip
# make verify    run the finished experiment again in a temporary folder and compare every file
# make test      set up the developers' tools too, then check style and run the tests
# make test-releases   run the pipeline with the oldest and the newest release of Snakemake that it is for
# make test-slurm, make test-s3   run the pipeline on a Slurm cluster and in a bucket of its own (docs/cluster.md)
# make bench     measure the figures in docs/performance.md (takes long)
# make mutants   change the code in small ways to see whether its tests notice (takes very long; one module: python tests/mutants.py recommend)
# make lint      style only
# make dev       set up the developers' tools only
# make lock      refresh the requirements files from pyproject.toml: the experiment's, the tests', Slurm's and S3's
# make wheels    tell what has to be compiled, for which Python and platform
# make clean     remove everything that runs have made (but not the set-up or data/)

# Without compiled bytecode every import takes two to three times as long.
unexport PYTHONDONTWRITEBYTECODE
PYTHON ?= python3
SMK = Snakefile workflow

.PHONY: all setup dev report verify test test-releases test-slurm test-s3 mutants lint bench lock wheels clean

# A user id without an account, as containers are given, has no name, and often no home that can be written to.
# Snakemake does not start without a name, and it, matplotlib and pip keep things below the home.
export USER := $(or $(USER),$(shell id -un 2>/dev/null),unknown)
ifeq ($(shell test -d "$$HOME" && test -w "$$HOME" && echo yes),)
export HOME := $(or $(HOME),$(filter /%,$(shell eval echo "~$$(id -un 2>/dev/null)")),/)
export XDG_CACHE_HOME := $(or $(XDG_CACHE_HOME),$(CURDIR)/.snakemake/home/cache)
export XDG_CONFIG_HOME := $(or $(XDG_CONFIG_HOME),$(CURDIR)/.snakemake/home/config)
export XDG_DATA_HOME := $(or $(XDG_DATA_HOME),$(CURDIR)/.snakemake/home/data)
endif

# Unexpanded: a file's name may have a $ in it.
export PHOTO = $(value photo)

# Programs are named by their path, as macOS' make does not look for them in a PATH that is set here.
all: setup
	$(if $(PHOTO),.venv/bin/python workflow/photo.py "$$PHOTO",.venv/bin/snakemake --cores all)

setup: .venv/ready

dev: setup .venv/ready-dev

SETUP_SCRIPTS = $(wildcard $(addprefix workflow/scripts/photopalette/,figures/browser.py kernels/*.py))
PIP_INSTALL = -m pip install --quiet --disable-pip-version-check --compile --require-hashes

define install
@$(PYTHON) -c 'import shutil, sys, venv, ensurepip; \
  sys.exit(sys.version_info < (3, 11) or sys.version_info >= (3, 14) and not shutil.which("cargo"))' 2>/dev/null || { \
  echo "Python 3.11, 3.12 or 3.13 with venv is needed (Debian, Ubuntu: apt-get install python3-venv)," \
       "or a newer one with compilers of C and Rust; name another Python with: make PYTHON=python3.13"; exit 1; }
test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
$(@D)/bin/python $(PIP_INSTALL) $(patsubst %,--requirement %,$(filter %.txt,$^))
$(@D)/bin/python workflow/scripts/photopalette/figures/browser.py
PYTHONPATH=workflow/scripts $(@D)/bin/python -m photopalette.kernels.compiled
touch $@
endef

.venv/ready: requirements.txt $(SETUP_SCRIPTS)
	$(install)

.venv/ready-dev: requirements-dev.txt .venv/ready
	.venv/bin/python $(PIP_INSTALL) --requirement $<
	touch $@

# Environments of their own: the Slurm plugin calls Slurm's tools whenever Snakemake starts.
.venv-%/ready: requirements-%.txt requirements-%-dev.txt $(SETUP_SCRIPTS)
	$(install)

# Folders of packages that PYTHONPATH puts before those of .venv.
.venv-oldest/ready: requirements-oldest.txt .venv/ready
	rm -rf $(@D)
	.venv/bin/python $(PIP_INSTALL) --target $(@D) --requirement $<
	@mkdir -p $(@D)
	touch $@

# The newest there is today, which is why it is not pinned.
.venv-newest/ready: .venv/ready
	rm -rf $(@D)
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --compile --target $(@D) snakemake
	@mkdir -p $(@D)
	touch $@

report: all
	.venv/bin/snakemake --report results/report.zip

verify: setup
	.venv/bin/python workflow/verify.py

# Two tests side by side with two threads each wait for one another.
test test-releases test-slurm test-s3: export OMP_NUM_THREADS = 1

test: dev lint
	.venv/bin/python -m pytest --numprocesses auto --dist worksteal

test-slurm test-s3: test-%: .venv-%/ready
	PATH="$(CURDIR)/.venv-$*/bin:$$PATH" .venv-$*/bin/python -m pytest tests/$*

test-releases: dev .venv-oldest/ready .venv-newest/ready
	.venv/bin/python -m pytest tests/releases

mutants: dev
	.venv/bin/python tests/mutants.py

lint: dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/snakefmt --check $(SMK)
	.venv/bin/snakemake --lint

bench: all
	.venv/bin/python bench/optimum.py
	.venv/bin/python bench/scatter.py
	.venv/bin/python bench/compare.py --silhouettes
	.venv/bin/python bench/throughput.py
	.venv/bin/python bench/scaling.py

UV_COMPILE = .venv/lock/bin/uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 \
  --generate-hashes --no-header --no-emit-index-url --no-emit-find-links

.venv/lock/bin/uv:
	$(PYTHON) -m venv .venv/lock
	.venv/lock/bin/python -m pip install --quiet --disable-pip-version-check uv

# What an output file has already is kept where it can be: the same versions in all of them.
lock: .venv/lock/bin/uv
	$(UV_COMPILE) pyproject.toml --output-file requirements.txt
	$(UV_COMPILE) --group dev --constraint requirements.txt --output-file requirements-dev.txt
	$(UV_COMPILE) --group oldest --output-file requirements-oldest.txt
	for group in slurm s3; do \
	  cp requirements.txt requirements-$$group.txt && \
	  $(UV_COMPILE) pyproject.toml --group $$group --output-file requirements-$$group.txt && \
	  $(UV_COMPILE) --group $$group-dev --constraint requirements-$$group.txt \
	    --output-file requirements-$$group-dev.txt || exit 1; done

wheels: .venv/lock/bin/uv dev
	.venv/bin/python tests/wheels.py

clean:
	find results -mindepth 1 -maxdepth 1 ! -name README.md -exec rm -rf {} +
	rm -rf logs benchmarks studies .snakemake/kept
