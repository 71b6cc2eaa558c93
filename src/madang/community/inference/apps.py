"""The inference app: it listens to what is written and lets other apps know what models said."""

from django.apps import AppConfig


class InferenceConfig(AppConfig):
    """Connect the app to what the boards tell."""

    name = "madang.community.inference"
    # The tables of the first release are named so.
    label = "analysis"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen for what is written."""
        from madang.community.boards import signals as boards
        from madang.community.extension import signals, slot
        from madang.community.inference import receivers, tasks
        from madang.community.processes import sweep

        boards.post_moved.connect(receivers.read_contribution, dispatch_uid="inference")
        signals.contribution_written.connect(receivers.read_contribution, dispatch_uid="inference")
        signals.contribution_deleted.connect(
            receivers.forget_contribution, dispatch_uid="inference"
        )
        boards.board_changed.connect(receivers.read_board, dispatch_uid="inference")
        slot.fill("operator", "inference/link.html")
        sweep.add(tasks.read_waiting, tasks.sweep_readings, put_off=tasks.put_off_reading)
        # A model that is new here reads what was written before.
        sweep.add(tasks.read_unread, None, at_start=True)
