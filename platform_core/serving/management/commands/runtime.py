"""`manage.py runtime`: answers predictions."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from platform_core.serving.runtime.options import RuntimeOptions
from platform_core.serving.runtime.process import run
from platform_core.serving.runtime.sockets import SocketTakenError


class Command(BaseCommand):
    """Runs the model runtime until SIGTERM."""

    help = "Serve models: Open Inference Protocol v2 over REST and gRPC, and the web's Unix socket."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what differs between machines; the rest is in the settings."""
        parser.add_argument("--host", default="127.0.0.1", help="address programs call")
        parser.add_argument(
            "--model-threads", type=int, default=1, help="CPU threads a prediction uses"
        )
        parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
        parser.add_argument("--queue", type=int, default=1024, help="requests that may wait or run")
        parser.add_argument("--request-timeout", type=float, default=30.0, help="seconds")
        parser.add_argument(
            "--read-timeout", type=float, default=15.0, help="seconds a request may arrive"
        )
        parser.add_argument(
            "--max-connections", type=int, default=20_000, help="REST callers connected at once"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve."""
        chosen = RuntimeOptions(
            host=options["host"],
            rest_port=settings.RUNTIME_REST_PORT,
            grpc_port=settings.RUNTIME_GRPC_PORT,
            socket_path=settings.RUNTIME_SOCKET,
            memory_bytes=settings.RUNTIME_MEMORY_BYTES,
            model_threads=options["model_threads"],
            device=options["device"],
            queue_limit=options["queue"],
            request_timeout_s=options["request_timeout"],
            read_timeout_s=options["read_timeout"],
            max_connections=options["max_connections"],
            node=settings.RUNTIME_NODE,
            discovery=settings.RUNTIME_DISCOVERY,
            internal=settings.RUNTIME_INTERNAL,
            internal_url=settings.RUNTIME_INTERNAL_URL,
            metrics_token=settings.METRICS_TOKEN,
            otlp_url=settings.OTLP_URL,
            trace_ratio=settings.TRACE_RATIO,
        )
        try:
            run(chosen)
        except SocketTakenError as error:
            raise CommandError(str(error)) from error
