"""Guessing which column is what."""

import pytest

from apps.recommendation.services import guess_columns, guess_id_column


@pytest.mark.parametrize(
    ("names", "user", "item", "rating", "time"),
    [
        (["user", "item", "rating", "timestamp"], "user", "item", "rating", "timestamp"),
        (["userId", "movieId", "rating", "timestamp"], "userId", "movieId", "rating", "timestamp"),
        (["ts", "product_id", "customer_id"], "customer_id", "product_id", "", "ts"),
        (["reviewerID", "asin", "overall", "unixtime"], "reviewerID", "asin", "", "unixtime"),
        (["column_1", "column_2", "column_3"], "column_1", "column_2", "", ""),
        (["user_age", "user_id", "item_name", "item_id"], "user_id", "item_id", "", ""),
        (["uid", "sku", "purchase_date"], "uid", "sku", "", "purchase_date"),
        ([], "", "", "", ""),
    ],
)
def test_names_speak(names: list, user: str, item: str, rating: str, time: str):
    assert guess_columns(names) == {"user": user, "item": item, "rating": rating, "time": time}


def test_the_id_column_of_a_table_is_named_as_in_the_interactions():
    assert guess_id_column(["title", "movieId"], "items", like="movieId") == "movieId"
    assert guess_id_column(["title", "item_id"], "items", like="movieId") == "item_id"
    assert guess_id_column(["a", "b"], "users") == "a"
    assert guess_id_column([], "users") == ""
