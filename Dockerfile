# syntax=docker/dockerfile:1
FROM python:3.12-slim AS build
WORKDIR /build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /build/boot && /build/boot/bin/pip install "uv>=0.5,<1"
COPY pyproject.toml requirements-runtime.lock README.md LICENSE ./
COPY gateway gateway
COPY connectors connectors
COPY index index
COPY config config
RUN python -m venv /opt/wenyuan \
 && /build/boot/bin/uv pip install --python /opt/wenyuan/bin/python --require-hashes -r requirements-runtime.lock \
 && /build/boot/bin/uv pip install --python /opt/wenyuan/bin/python --no-deps .

FROM python:3.12-slim
LABEL org.opencontainers.image.title="Wenyuan" \
      org.opencontainers.image.description="One search over every library of a province" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --system --gid 10001 wenyuan \
 && useradd --system --uid 10001 --gid wenyuan --home-dir /var/lib/wenyuan --create-home --shell /usr/sbin/nologin wenyuan
RUN mkdir -p /etc/wenyuan/targets
COPY --from=build /opt/wenyuan /opt/wenyuan
ENV PATH=/opt/wenyuan/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    WENYUAN_HOST=0.0.0.0 \
    WENYUAN_Z3950_HOST=0.0.0.0 \
    WENYUAN_DATA=/var/lib/wenyuan/data
USER 10001:10001
WORKDIR /var/lib/wenyuan
VOLUME /var/lib/wenyuan
EXPOSE 8210 2100
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8210/readyz', timeout=4)"]
ENTRYPOINT ["wenyuan"]
CMD ["serve", "--targets", "/etc/wenyuan/targets"]
