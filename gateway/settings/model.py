"""The schema of a target file, checked by pydantic and published as JSON Schema in ``config/schema``."""

from __future__ import annotations

import os
import re
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from gateway.core.errors import ConfigurationError
from gateway.core.record import Flavour
from gateway.core.target import Target

Charset = Literal["utf-8", "gbk", "gb18030", "big5", "big5hkscs", "marc-8", "iso5426", "latin-1"]
Text = Annotated[str, Field(max_length=500)]

#: URL schemes and the connector that each selects.
SCHEMES = MappingProxyType(
    {
        "z3950": "z3950",
        "z3950s": "z3950",
        "tcp": "z3950",
        "sru+http": "sru",
        "sru+https": "sru",
        "oai+http": "oai_pmh",
        "oai+https": "oai_pmh",
        "file": "file",
    }
)
DEFAULT_PORTS = MappingProxyType({"z3950": 210, "z3950s": 210, "tcp": 210, "http": 80, "https": 443})


class TargetModel(BaseModel):
    """One member library. Every key but ``id`` and ``url`` may be left out."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
    url: Text
    name: dict[str, Text] = {}
    connector: Text = ""
    region: Annotated[str, Field(pattern=r"^(\d{6})?$")] = ""
    sector: Literal["public", "university", "government", "other"] = "public"
    user: Text = ""
    group: Text = ""
    password_env: Text = ""
    password_file: Text = ""
    charset: Charset | None = Field(None, description="charset of terms and of records, where they are the same")
    term_charset: Charset | None = None
    record_charset: Charset | None = None
    syntax: Text = ""
    flavour: Flavour | None = None
    element_set: Annotated[str, Field(max_length=64)] = "F"
    attributes: dict[str, Text] = {}
    max_records: Annotated[int, Field(ge=1, le=10_000)] = 100
    page_size: Annotated[int, Field(ge=1, le=1000)] = 20
    timeout: Annotated[float, Field(gt=0, le=300)] = 10.0
    connect_timeout: Annotated[float, Field(gt=0, le=60)] = 3.0
    max_connections: Annotated[int, Field(ge=1, le=64)] = 4
    enabled: bool = True
    profile: Text = ""
    options: dict[str, Text] = {}
    holdings: dict[str, Any] = Field({}, description="layouts by tag, groups, owners by ranges of barcodes")

    @field_validator("name", mode="before")
    @classmethod
    def _one_name(cls, value: object) -> object:
        return {"zh": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_password(self) -> TargetModel:
        if self.password_env and self.password_file:
            raise ValueError("give password_env or password_file, not both")
        return self

    def target(self, password: str = "") -> Target:
        """The target as connectors see it; reads the password from where the file says."""
        parts = urlsplit(self.url)
        scheme = parts.scheme.lower()
        connector = self.connector or SCHEMES.get(scheme) or ("sru" if scheme in ("http", "https") else "")
        if not connector:
            raise ConfigurationError(
                f"Target {self.id}: the address {self.url!r} starts with no scheme that is known; "
                f"use one of {', '.join(f'{s}://' for s in SCHEMES)}, or name a connector"
            )
        try:
            port = parts.port
        except ValueError as error:
            raise ConfigurationError(
                f"Target {self.id}: the port in {self.url!r} is not a number below 65536"
            ) from error
        if connector != "file" and not parts.hostname:
            raise ConfigurationError(f"Target {self.id}: the address {self.url!r} names no host")
        network_scheme = scheme.removeprefix("sru+").removeprefix("oai+")
        options = dict(self.options)
        if scheme == "z3950s":
            options.setdefault("tls", "true")
        return Target(
            id=self.id,
            connector=connector,
            url=self._connector_url(scheme),
            host=parts.hostname or "",
            port=port or DEFAULT_PORTS.get(network_scheme, 0),
            database=unquote(parts.path.strip("/")) if connector == "z3950" else "",
            name=MappingProxyType(dict(self.name) or {"zh": self.id, "en": self.id}),
            region=self.region,
            sector=self.sector,
            user=self.user or unquote(parts.username or ""),
            password=password or self._password() or unquote(parts.password or ""),
            group=self.group,
            term_charset=self.term_charset or self.charset or "utf-8",
            record_charset=self.record_charset or self.charset,
            syntax=self.syntax or ("usmarc" if connector == "z3950" else "marcxml"),
            flavour=self.flavour,
            element_set=self.element_set,
            attributes=MappingProxyType(dict(self.attributes)),
            max_records=self.max_records,
            page_size=self.page_size,
            timeout=self.timeout,
            connect_timeout=self.connect_timeout,
            max_connections=self.max_connections,
            enabled=self.enabled,
            options=MappingProxyType(options),
            holdings=MappingProxyType(dict(self.holdings)),
        )

    def _connector_url(self, scheme: str) -> str:
        """The address without credentials, in the form that the connector's own protocol uses."""
        if scheme == "file":
            return unquote(urlsplit(self.url).path)
        without_user = re.sub(r"^([a-z0-9+.-]+://)[^/@]*@", r"\1", self.url, flags=re.IGNORECASE)
        return re.sub(r"^(sru|oai)\+", "", without_user, flags=re.IGNORECASE)

    def _password(self) -> str:
        if self.password_env:
            value = os.environ.get(self.password_env)
            if value is None:
                raise ConfigurationError(
                    f"Target {self.id}: its password is to come from the environment variable {self.password_env}, "
                    "which is not set"
                )
            return value
        if self.password_file:
            try:
                return Path(self.password_file).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise ConfigurationError(
                    f"Target {self.id}: its password file {self.password_file} cannot be read", detail=error.strerror
                ) from error
        return ""
