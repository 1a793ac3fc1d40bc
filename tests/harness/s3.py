"""How does a test get a bucket of an S3-compatible server?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import httpx
import pytest
from moto.server import ThreadedMotoServer


@contextmanager
def bucket_server(name: str) -> Iterator[Any]:
    """A server on the loopback interface with one bucket, and boto3's settings for the server.

    Yields:
        A client of the server.
    """
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as environment:
        for variable, value in {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():
            environment.setenv(variable, value)
        # The server library keeps buckets of earlier servers in this process.
        httpx.post(f"http://{host}:{port}/moto-api/reset").raise_for_status()
        client = boto3.client("s3")
        client.create_bucket(Bucket=name)
        try:
            yield client
        finally:
            server.stop()
