# One image for every role: `deskpulse worker` by default, any other subcommand as its arguments.
# The base is pinned by full version tag. A digest would be stricter still; add it where the registry can be asked:
# FROM python:3.12.12-slim-bookworm@sha256:...
FROM python:3.12.12-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/deskpulse
COPY requirements-run.lock /src/
RUN /opt/deskpulse/bin/pip install --no-deps --require-hashes --requirement /src/requirements-run.lock
# The pinned build tools, checked by hash like everything else, out of the lock of the development environment.
COPY requirements.lock /src/
RUN apt-get update && apt-get install --yes --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
RUN awk '/^[^ ]/ { wanted = /^(setuptools|mypy|mypy-extensions|typing-extensions|pathspec|librt|ast-serialize|msgspec)==/ } wanted' \
        /src/requirements.lock > /src/build.lock \
    && python -m venv /opt/build \
    && /opt/build/bin/pip install --no-deps --require-hashes --requirement /src/build.lock
COPY pyproject.toml setup.py README.md LICENSE NOTICE /src/
COPY stream /src/stream
COPY schemas /src/schemas
RUN DESKPULSE_COMPILE=1 /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /src/dist /src \
    && /opt/deskpulse/bin/pip install --no-deps /src/dist/*.whl

FROM python:3.12.12-slim-bookworm

LABEL org.opencontainers.image.title="Deskpulse" \
      org.opencontainers.image.description="Customer-support events on Kafka in, live service-quality numbers out" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin deskpulse
COPY --from=build /opt/deskpulse /opt/deskpulse
# A container listens beyond loopback, to whoever reaches it: before you publish the port, set who gets in (docs/access.md).
ENV PATH=/opt/deskpulse/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DESKPULSE_HTTP__HOST=0.0.0.0 \
    DESKPULSE_HTTP__PORT=8087
USER 10001:10001
EXPOSE 8087
# Python, since the image has no curl. A TLS port answers nothing to HTTP; the certificate is for other names than this.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-m", "stream.edge.serve.access.self_check"]
# SIGTERM lets a worker finish its transactions and leave its group.
STOPSIGNAL SIGTERM
ENTRYPOINT ["deskpulse"]
CMD ["worker"]
