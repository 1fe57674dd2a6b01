"""Decisions and writes of the recommendation application."""

from apps.recommendation.services.answers import (
    Found,
    LikedItem,
    Reason,
    Recommendations,
    Scores,
    SimilarItems,
    Suggestion,
)
from apps.recommendation.services.bounds import (
    MAX_EVENTS,
    MAX_ITEMS,
    MAX_K,
    MAX_LISTED,
    MAX_USERS,
)
from apps.recommendation.services.events import NewEvent, Recorded, record_events
from apps.recommendation.services.guessing import (
    guess_columns,
    guess_id_column,
    speaking_columns,
)
from apps.recommendation.services.lifecycle import (
    FeatureTable,
    RecommenderSpec,
    create_recommender,
    delete_recommender,
    retrain,
)
from apps.recommendation.services.live import delete_item, delete_user, put_item, put_user
from apps.recommendation.services.predictions import (
    NEW_VISITOR,
    attributes,
    history,
    recommend,
    recommend_batch,
    recommend_to_visitor,
    score,
    search,
    similar,
    titles,
)
from apps.recommendation.services.promotion import promote, roll_back
from apps.recommendation.services.questions import Question
from apps.recommendation.services.rules import NewRule, create_rule, delete_rule

__all__ = [
    "MAX_EVENTS",
    "MAX_ITEMS",
    "MAX_K",
    "MAX_LISTED",
    "MAX_USERS",
    "NEW_VISITOR",
    "FeatureTable",
    "Found",
    "LikedItem",
    "NewEvent",
    "NewRule",
    "Question",
    "Reason",
    "Recommendations",
    "RecommenderSpec",
    "Recorded",
    "Scores",
    "SimilarItems",
    "Suggestion",
    "attributes",
    "create_recommender",
    "create_rule",
    "delete_item",
    "delete_recommender",
    "delete_rule",
    "delete_user",
    "guess_columns",
    "guess_id_column",
    "history",
    "promote",
    "put_item",
    "put_user",
    "recommend",
    "recommend_batch",
    "recommend_to_visitor",
    "record_events",
    "retrain",
    "roll_back",
    "score",
    "search",
    "similar",
    "speaking_columns",
    "titles",
]
