"""``python -m django run_worker``: what ``madang serve`` runs beside the pages."""

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Run the worker of background tasks."""

    help = "Run the worker of background tasks until it is told to stop"
    requires_system_checks = []

    def handle(self, **_: object) -> None:
        """Run it."""
        from madang.community.processes.worker import run_worker

        run_worker()
