"""Write two posts on a site of its own and print whether a stranger sees the toy's label."""

import django


def visit() -> None:
    """Write a short and a long post and open both."""
    from django.core.management import call_command
    from django.test import Client

    from madang.community.accounts.models import User
    from madang.community.boards.actions import write_post
    from madang.community.boards.models import Board

    call_command("migrate", verbosity=0)
    author = User.objects.create_user("author")
    board = Board.objects.create(name="마당", slug="yard")
    for body in ("짧습니다.", "이 글은 스무 글자보다 훨씬 긴 글입니다. 그래서 표시가 없습니다."):
        post = write_post(board=board, author=author, title="글", body=body)
        page = Client(headers={"host": "localhost"}).get(post.get_absolute_url())
        print(page.status_code, "짧은 글 (5자)" in page.content.decode())


django.setup()
visit()
