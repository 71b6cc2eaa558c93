"""The moderation app: it listens to the boards and draws into their pages."""

from django.apps import AppConfig


class ModerationConfig(AppConfig):
    """Connect the app to what the boards tell and show."""

    name = "madang.community.moderation"
    label = "moderation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen for written posts and fill the slots."""
        from madang.community.boards.models import Comment, Post
        from madang.community.boards.signals import post_submitted
        from madang.community.extension import slot
        from madang.community.extension.signals import contribution_deleted, contribution_written
        from madang.community.inference import prediction, subject
        from madang.community.inference.signals import answered, outdated
        from madang.community.moderation import panel, receivers, tasks
        from madang.community.moderation.speech import panel as speech
        from madang.community.moderation.speech import receivers as speech_receivers
        from madang.community.processes import sweep

        post_submitted.connect(receivers.check_post, dispatch_uid="moderation")
        contribution_written.connect(
            receivers.open_case_of_post, sender=Post, dispatch_uid="moderation"
        )
        slot.fill("post_label", panel.render_label)
        slot.fill("post_panel", panel.render_panel)
        slot.fill("write_hint", panel.render_hint)
        slot.fill("navigation", panel.render_navigation)
        sweep.add(tasks.judge_pending, tasks.sweep_cases, put_off=tasks.put_off_post)

        subject.add(prediction.HATE, Post)
        subject.add(prediction.HATE, Comment)
        answered.connect(speech_receivers.take_answer, dispatch_uid="moderation")
        outdated.connect(speech_receivers.forget_answer, dispatch_uid="moderation")
        contribution_deleted.connect(
            speech_receivers.forget_contribution, dispatch_uid="moderation"
        )
        slot.fill("contribution_fold", speech.render_fold)
