"""Settings of the service: where it listens, whom it lets in, and how much it takes from one request."""

from __future__ import annotations

from pydantic import Field, field_validator

from engine.config_file import FileSettings
from engine.query.request import LONGEST_QUERY
from indexer.sandbox.parse import Limits

_MIB = 2**20
Names = tuple[str, ...]  # in the environment: separated by commas


class ServeSettings(FileSettings):
    """Each can be set as `WINNOW_SERVE_<NAME>`, or in the file's table [serve] (`engine/config_file.py`)."""

    host: str = Field(default="127.0.0.1", description="the address to listen on; off loopback keys are needed")
    port: int = Field(default=8400, ge=0, le=65535, description="the port; 0 for any that is free")
    hosts: Names = Field(
        default=(),
        description="names by which clients may call the service, in the header Host, beside its address and "
        "localhost; `*` for any",
    )
    origins: Names = Field(
        default=(),
        description="origins whose pages may use the service (CORS), such as https://example.org; none by default",
    )

    proxies: Names = Field(
        default=(),
        description="addresses or networks of proxies in front, whose X-Forwarded-For and X-Forwarded-Proto are "
        "believed; none by default: then the address that connects is the caller's",
    )

    connections: int = Field(
        default=512, ge=1, description="open connections of one process; those that wait for a request make room"
    )
    head_seconds: float = Field(default=10.0, gt=0, description="for the head of a request to come")
    rate: float = Field(
        default=200.0, gt=0, description="requests a second, by key, or by address where there are none"
    )
    burst: int = Field(default=400, ge=1, description="requests that may come at once before the rate holds")
    request_seconds: float = Field(default=60.0, gt=0, description="until an answer must have begun")
    body_bytes: int = Field(default=8 * _MIB, ge=1, description="of a request that brings no documents")
    upload_bytes: int = Field(default=64 * _MIB, ge=1, description="of a request that brings documents")
    files: int = Field(default=1000, ge=1, le=1000, description="files in one request")
    file_bytes: int = Field(default=50 * _MIB, ge=1, description="of one file")

    document_length: int = Field(
        default=1_000_000, ge=1, description="code points of a document that is searched without being stored"
    )

    parse_seconds: float = Field(default=20.0, gt=0, description="to parse one file")
    parse_memory_bytes: int = Field(default=768 * _MIB, ge=16 * _MIB, description="to parse one file")
    parse_output_bytes: int = Field(default=32 * _MIB, ge=1, description="text that one file may hold")
    parse_pages: int = Field(default=2000, ge=1, description="pages of one PDF")

    query_length: int = Field(default=LONGEST_QUERY, ge=1, le=LONGEST_QUERY, description="code points of a query")
    hits: int = Field(default=1000, ge=1, le=1000, description="`k`, and the depth of reranking")
    facets: int = Field(default=16, ge=0, le=16, description="facets of one search")
    filters: int = Field(
        default=100,
        ge=0,
        le=10_000,
        description="conditions in the filter of one search, `and`, `or` and `not` included",
    )
    collections: int = Field(default=16, ge=1, le=16, description="collections searched by one request")

    @classmethod
    def table(cls) -> str:
        return "serve"

    def parsing(self) -> Limits:
        """Limits of parsing one uploaded file."""
        return Limits(
            self.file_bytes, self.parse_memory_bytes, self.parse_output_bytes, self.parse_seconds, self.parse_pages
        )

    @field_validator("hosts", "origins", "proxies", mode="before")
    @classmethod
    def _names(cls, value: object) -> object:
        names = value.split(",") if isinstance(value, str) else value
        if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
            return value
        return tuple(cleaned for name in names if (cleaned := name.strip().lower().rstrip("/")))
