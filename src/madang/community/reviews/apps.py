"""The reviews app: it draws into the pages that show reviews, and into no other."""

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    """Have the posts on boards of reviews read, and show how any review judges."""

    name = "madang.community.reviews"

    def ready(self) -> None:
        """Ask for sentiment, listen for answers, fill the slots."""
        from django.db.models import Q

        from madang.community.boards.models import Board, Post
        from madang.community.extension import slot
        from madang.community.extension.signals import contribution_deleted
        from madang.community.inference import prediction, signals, subject
        from madang.community.reviews import actions, listing, panel

        subject.add(prediction.SENTIMENT, Post, Q(board__kind=Board.Kind.REVIEW))
        signals.answered.connect(actions.keep_opinion, dispatch_uid="reviews")
        signals.outdated.connect(actions.forget_opinion, dispatch_uid="reviews")
        contribution_deleted.connect(actions.forget_contribution, dispatch_uid="reviews")
        slot.offer_narrowing(listing.narrow)
        slot.fill("review_opinion", panel.render_opinion)
        slot.fill("board_summary", panel.render_summary)
