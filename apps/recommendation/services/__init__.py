"""Decisions and writes of the recommendation application."""

from apps.recommendation.services.answers import (
    Found,
    Recommendations,
    Scores,
    SimilarItems,
    Suggestion,
)
from apps.recommendation.services.bounds import MAX_EVENTS, MAX_ITEMS, MAX_K, MAX_USERS
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
from apps.recommendation.services.predictions import (
    NEW_VISITOR,
    Question,
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

__all__ = [
    "MAX_EVENTS",
    "MAX_ITEMS",
    "MAX_K",
    "MAX_USERS",
    "NEW_VISITOR",
    "FeatureTable",
    "Found",
    "NewEvent",
    "Question",
    "Recommendations",
    "RecommenderSpec",
    "Recorded",
    "Scores",
    "SimilarItems",
    "Suggestion",
    "create_recommender",
    "delete_recommender",
    "guess_columns",
    "guess_id_column",
    "history",
    "promote",
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
