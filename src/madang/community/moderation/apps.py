"""The moderation app: it listens to the boards and draws into their pages."""

from django.apps import AppConfig


class ModerationConfig(AppConfig):
    """Connect the app to what the boards tell and show."""

    name = "madang.community.moderation"
    label = "moderation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen for written posts and fill the slots."""
        from madang.community.boards.models import Post
        from madang.community.boards.signals import post_submitted
        from madang.community.extension import slot
        from madang.community.extension.signals import contribution_deleted, contribution_written
        from madang.community.inference import subject
        from madang.community.inference.signals import answered, outdated
        from madang.community.moderation import panel, receivers
        from madang.community.moderation.registry import KINDS

        for kind in KINDS.values():
            for of in kind.ABOUT:
                subject.add(kind.READ_BY, of)
        post_submitted.connect(receivers.check_post, dispatch_uid="moderation")
        contribution_written.connect(
            receivers.open_cases_of_post, sender=Post, dispatch_uid="moderation"
        )
        answered.connect(receivers.take_answer, dispatch_uid="moderation")
        outdated.connect(receivers.forget_answer, dispatch_uid="moderation")
        contribution_deleted.connect(receivers.forget_contribution, dispatch_uid="moderation")
        slot.fill("post_label", panel.render_label)
        slot.fill("post_panel", panel.render_panel)
        slot.fill("write_hint", panel.render_hint)
        slot.fill("navigation", panel.render_navigation)
        slot.fill("contribution_fold", panel.render_fold)
        slot.fill("contribution_withheld", panel.render_withheld)
        slot.fill("contribution_tools", panel.render_look)
