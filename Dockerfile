# syntax=docker/dockerfile:1
# riskpanel as an image: the page, the wheel with the page, an environment with the wheel, and nothing of what built them.

ARG NODE=node:24-trixie-slim
ARG PYTHON=python:3.11-slim-trixie

# ---------------------------------------------------------------- the page
FROM ${NODE} AS page
WORKDIR /build/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY docs/methods.md /build/docs/
COPY web ./
RUN npm run build

# ---------------------------------------------------------------- the environment
FROM ${PYTHON} AS environment
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
COPY constraints.txt ./
RUN python -m venv /opt/riskpanel && pip install --constraint constraints.txt hatchling
COPY pyproject.toml PACKAGE.md LICENSE ./
COPY src ./src
COPY --from=page /build/src/riskpanel/api/page ./src/riskpanel/api/page
# fast: compiled loops; fast,dask: nights on the workers of a cluster too.
ARG EXTRAS=fast
RUN python -m hatchling build --target wheel --directory /dist \
    && /opt/riskpanel/bin/pip install --constraint constraints.txt "$(echo /dist/*.whl)[${EXTRAS}]"

# ---------------------------------------------------------------- what runs
FROM ${PYTHON}
LABEL org.opencontainers.image.title="riskpanel" \
      org.opencontainers.image.description="Self-hosted portfolio risk: server, scheduler and command line" \
      org.opencontainers.image.licenses="Apache-2.0"

# An init, and pg_dump of a version that is no older than the server of compose.yaml. The release of Debian pins both.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client tini \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 riskpanel \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/riskpanel --shell /usr/sbin/nologin riskpanel \
    && install --directory --owner riskpanel --group riskpanel --mode 0750 /var/lib/riskpanel
COPY --from=environment /opt/riskpanel /opt/riskpanel

# Everything that is written is below one folder: a SQLite file, backups, caches.
ENV PATH=/opt/riskpanel/bin:$PATH \
    XDG_DATA_HOME=/var/lib \
    XDG_CACHE_HOME=/var/lib/riskpanel/cache \
    RISKPANEL_LOG_FORMAT=json
USER 10001:10001
WORKDIR /var/lib/riskpanel
VOLUME /var/lib/riskpanel
EXPOSE 8321

HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 CMD ["python", "-c", \
    "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8321, timeout=8); c.request('GET', '/health/ready'); exit(c.getresponse().status != 200)"]
ENTRYPOINT ["tini", "--", "riskpanel"]
CMD ["serve", "--host", "0.0.0.0", "--allow-host", "localhost"]
