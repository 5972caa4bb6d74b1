# The environment of requirements.txt for containers, Kubernetes' above all (docs/cluster.md):
#   docker build --build-arg REQUIREMENTS=requirements-s3.txt --tag registry.example.org/photo-palette-study .
FROM python:3.11-slim-bookworm

# The image holds code under the GPL, in pillow-heif (x265) and imagequant (libimagequant). Whoever passes the image on,
# by a public registry for instance, has to offer their sources too (README.md, Licence). Both may be uninstalled: HEIC
# is then refused, and `compare` must not name imagequant.

# The browser draws the scatter figures; without a font their labels vanish. libgomp is scikit-learn's.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends chromium-headless-shell fonts-dejavu-core libgomp1 \
 && rm -rf /var/lib/apt/lists/*

ARG REQUIREMENTS=requirements.txt
COPY requirements*.txt /tmp/
# Compiled here once, as every job imports anew and half of its time is that.
RUN pip install --no-cache-dir --compile --require-hashes --requirement /tmp/${REQUIREMENTS} \
 && rm /tmp/requirements*.txt

# So are the loops of K-means, which would take every pod ten seconds.
COPY workflow/scripts/photopalette /tmp/photopalette
RUN cd /tmp && python -m photopalette.kernels.compiled && rm -r /tmp/photopalette

# For any user id, such as OpenShift's pods and `docker run --user` have: Snakemake does not start without a name, and
# keeps things below the home.
ENV HOME=/tmp USER=palette

# Kubernetes' executor brings the workflow itself, out of the bucket.
WORKDIR /workdir
RUN chmod a+rwxt .
