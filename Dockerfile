# One image for web, worker and beat; docker-compose.yml says which command each runs.
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
COPY requirements/runtime.lock requirements/runtime.lock
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements/runtime.lock

FROM python:3.11-slim-bookworm
# Pango draws the PDFs; harfbuzz-subset embeds their fonts quickly. The Chinese fonts come with the application.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin reserve
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DJANGO_SETTINGS_MODULE=config.settings ENVIRONMENT=production
WORKDIR /app
COPY --from=build /venv /venv
COPY . .
# Static files need no secret; these values exist during this one command only.
RUN SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(50))')" ALLOWED_HOSTS=build \
    DATABASE_URL=postgres://build REDIS_URL=redis://build python manage.py collectstatic --noinput \
    && mkdir -p /app/var/media && chown -R reserve /app/var
USER reserve
VOLUME /app/var
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["python", "scripts/probe.py", "http://127.0.0.1:8000/healthz"]
CMD ["gunicorn", "config.wsgi", "--bind", "0.0.0.0:8000", "--workers", "3", "--threads", "4", "--timeout", "120", "--max-requests", "2000", "--max-requests-jitter", "200", "--no-control-socket", "--worker-tmp-dir", "/dev/shm"]
