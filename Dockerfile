# Debian with the tools for building conda-emscripten, and an image with a first channel and site.
# Usage: docs/continuous-integration.md
FROM debian:13 AS tools
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git make nodejs npm python3-venv \
    && rm -rf /var/lib/apt/lists/*
COPY ci/system-packages /usr/local/bin/
RUN system-packages \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# The checkout is mounted here and belongs to a user of the host.
RUN git config --system --add safe.directory /src
EXPOSE 8000
CMD ["bash"]

FROM tools AS built
COPY . .
RUN make quickstart
