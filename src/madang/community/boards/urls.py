"""Addresses of the boards app."""

from django.urls import path

from madang.community.boards.views import reading, writing

app_name = "boards"
urlpatterns = [
    path("", reading.front, name="front"),
    path("boards/<slug:slug>/", reading.board, name="board"),
    path("write/", writing.write_post, name="write"),
    path("boards/<slug:slug>/write/", writing.write_post, name="write"),
    path("posts/<int:post_id>/", reading.post, name="post"),
    path("posts/<int:post_id>/edit/", writing.edit_post, name="edit"),
    path("posts/<int:post_id>/delete/", writing.delete_post, name="delete"),
    path("posts/<int:post_id>/comments/", writing.write_comment, name="write_comment"),
    path("comments/<int:comment_id>/", reading.comment, name="comment"),
    path("comments/<int:comment_id>/delete/", writing.delete_comment, name="delete_comment"),
    path("search/", reading.search, name="search"),
    path("people/<str:username>/", reading.person, name="person"),
    path("people/<str:username>/comments/", reading.person_comments, name="person_comments"),
]
