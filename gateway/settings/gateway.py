"""The gateway's own options: ``gateway.yaml``, then the environment (``WENYUAN_…``), then the command line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.core.errors import ConfigurationError
from gateway.settings.reading import read_yaml

ENVIRONMENT_PREFIX = "WENYUAN_"


class GatewaySettings(BaseModel):
    """All have a default that works on one machine without any file."""

    model_config = ConfigDict(extra="forbid")

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8210
    z3950_host: str = "127.0.0.1"
    z3950_port: Annotated[int, Field(ge=-1, le=65535, description="-1: no Z39.50 server")] = 2100
    z3950_charset: Annotated[
        str,
        Field(description="of terms and ISO 2709 records where neither negotiation nor the database says otherwise"),
    ] = "utf-8"
    z3950_accounts: Path | None = Field(None, description="file of user:password lines; none: everybody is welcome")
    z3950_account: Annotated[
        str, Field(repr=False, description="one user:password, meant for the environment", max_length=200)
    ] = ""
    cataloguers: Path | None = Field(
        None, description="file of user:password lines of those who may decide about union records over HTTP"
    )
    z3950_max_sessions: Annotated[int, Field(ge=1, le=10_000)] = 400
    z3950_max_sessions_per_address: Annotated[int, Field(ge=1, le=10_000)] = 200
    z3950_idle_seconds: Annotated[float, Field(gt=0, le=86_400)] = 300.0
    z3950_tls_certificate: Path | None = Field(None, description="PEM; with it the Z39.50 server speaks TLS only")
    z3950_tls_key: Path | None = Field(None, description="PEM; none: the key is in the certificate's file")
    data: Path = Field(Path("data"), description="folder of the embedded index and of other state")
    index: str = Field("embedded", description="entry-point name in group wenyuan.indexes")
    index_url: str = ""
    targets: Path | None = Field(None, description="folder of target files")
    dictionary: Path | None = Field(
        None, description="words of the region, one a line, that Chinese text is cut by besides the common ones"
    )
    deadline: Annotated[float, Field(gt=0, le=120, description="seconds, when the searcher gives none")] = 8.0
    page_deadline: Annotated[
        float, Field(gt=0, le=120, description="seconds a page waits before it is shown with what there is")
    ] = 2.5
    page_patience: Annotated[
        float,
        Field(
            ge=0, le=120, description="seconds a page waits when the index has records for it, but too few to fill it"
        ),
    ] = 0.5
    max_deadline: Annotated[float, Field(gt=0, le=600)] = 60.0
    max_page_size: Annotated[int, Field(ge=1, le=1000)] = 100
    max_results: Annotated[int, Field(ge=1, description="deepest record reachable by page numbers")] = 10_000
    fetch: Annotated[int, Field(ge=1, le=1000, description="records fetched from each target at least")] = 50
    concurrency: Annotated[int, Field(ge=1, le=10_000, description="targets asked at one time, over all searches")] = (
        512
    )
    max_searches: Annotated[int, Field(ge=1, description="searches at one time; more are told to come back")] = 200
    cache_seconds: Annotated[float, Field(ge=0, le=3600, description="identical live answers are reused so long")] = (
        300.0
    )
    cache_records: Annotated[
        int, Field(ge=0, description="records that all of them together may have (7 kB of memory each)")
    ] = 30_000
    warm_up: bool = Field(True, description="open a connection to each library at the start")
    harvest_every: Annotated[
        float,
        Field(ge=0, description="seconds from one round of harvests to the next; 0: a serving gateway harvests not"),
    ] = 0.0
    public_url: Annotated[
        str, Field(pattern=r"^(https?://[^\s?#]+[^\s?#/])?$", description="as others reach the gateway")
    ] = ""
    admin_email: Annotated[str, Field(pattern=r"^\S+@(\S+\.)+\S+$", description="told to harvesters (OAI-PMH)")] = (
        "admin@wenyuan.example"
    )
    oai_domain: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z][A-Za-z0-9-]*(\.[A-Za-z][A-Za-z0-9-]*)+$",
            description="domain in the identifiers that harvesters keep (oai:DOMAIN:ID); never change it later",
        ),
    ] = "wenyuan.example"
    slow_after: Annotated[float, Field(gt=0, description="seconds from which an answer is called slow")] = 2.0


def load_gateway_settings(path: Path | None = None, **overrides: Any) -> GatewaySettings:
    """Settings from a file, the environment and ``overrides`` that are not None, the later over the earlier."""
    values: dict[str, Any] = read_yaml(path) if path else {}
    for name in GatewaySettings.model_fields:
        value = os.environ.get(ENVIRONMENT_PREFIX + name.upper())
        if value is not None:
            values[name] = value
    values.update({key: value for key, value in overrides.items() if value is not None})
    try:
        return GatewaySettings.model_validate(values)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, item['loc'])) or 'settings'}: {item['msg']}"
            for item in error.errors(include_url=False, include_input=False, include_context=False)
        )
        raise ConfigurationError(f"{path or 'The settings'}: {problems}") from error
