"""The analysis app: it listens to the boards and lets other apps know what the models said."""

from django.apps import AppConfig


class AnalysisConfig(AppConfig):
    """Connect the app to what the boards tell."""

    name = "madang.community.analysis"
    label = "analysis"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen for what is written."""
        from madang.community.analysis import panel, receivers, tasks
        from madang.community.boards import signals, slot
        from madang.community.processes import sweep

        signals.post_written.connect(receivers.read_post, dispatch_uid="analysis")
        signals.post_moved.connect(receivers.read_post, dispatch_uid="analysis")
        signals.contribution_written.connect(receivers.read_contribution, dispatch_uid="analysis")
        signals.contribution_deleted.connect(receivers.forget_contribution, dispatch_uid="analysis")
        signals.board_changed.connect(receivers.read_board, dispatch_uid="analysis")
        slot.fill("operator", panel.render_link)
        sweep.add(tasks.read_waiting, tasks.sweep_readings, put_off=tasks.put_off_reading)
        # A model that is new here reads what was written before.
        sweep.add(tasks.read_unread, None, at_start=True)
