"""Addresses of the market."""

from django.urls import path

from madang.community.market.views import deal, reading, writing

app_name = "market"
urlpatterns = [
    path("", reading.front, name="front"),
    path("write/", writing.write_listing, name="write"),
    path("<int:listing_id>/", reading.listing, name="listing"),
    path("<int:listing_id>/edit/", writing.edit_listing, name="edit"),
    path("<int:listing_id>/delete/", writing.delete_listing, name="delete"),
    path("<int:listing_id>/state/", deal.set_state, name="state"),
    path("<int:listing_id>/take/", deal.take, name="take"),
    path("<int:listing_id>/take-down/", deal.take_down, name="take_down"),
    path("<int:listing_id>/review/", deal.review, name="review"),
    path("reviews/<int:review_id>/drop/", deal.drop_review, name="drop_review"),
]
