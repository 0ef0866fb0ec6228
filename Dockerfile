# One image per service: `docker build --build-arg SERVICE=claims -t acquit-claims .`
# It holds shared/ and the service's own folder only, so that a forbidden import fails at start-up.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PROJECT_ENVIRONMENT=/app/.venv
WORKDIR /app
RUN pip install --no-cache-dir 'uv>=0.5'
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-default-groups --no-install-project

FROM ${PYTHON_IMAGE} AS service
ARG SERVICE
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONUTF8=1 ACQUIT_SERVICE=${SERVICE}
WORKDIR /app
RUN test -n "${SERVICE}" && groupadd --gid 10001 acquit && useradd --uid 10001 --gid acquit --no-create-home acquit
# What statements as PDF need: text layout, font subsetting, a font (the same as deploy/local/debian.py).
RUN if [ "${SERVICE}" = payments ]; then apt-get update && apt-get install --yes --no-install-recommends \
      libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core && rm -rf /var/lib/apt/lists/*; fi
COPY --from=build /app/.venv /app/.venv
COPY shared shared
COPY services/__init__.py services/__init__.py
COPY services/${SERVICE} services/${SERVICE}
USER 10001:10001
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ.get('ACQUIT_HEALTH_PORT', '9000')}/ready\", timeout=2)"]
CMD ["sh", "-c", "exec python -m services.${ACQUIT_SERVICE}.app"]

# Creates databases, users and indexes; needs every service's schema, and is the only image that has them all.
FROM service AS deployer
USER root
COPY services services
COPY deploy deploy
USER 10001:10001
CMD ["python", "-m", "deploy.prepare"]
