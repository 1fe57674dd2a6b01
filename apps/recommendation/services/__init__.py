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
from apps.recommendation.services.lifecycle import (
    FeatureTable,
    RecommenderSpec,
    create_recommender,
    delete_recommender,
    retrain,
)
from apps.recommendation.services.predictions import (
    Question,
    recommend,
    recommend_batch,
    recommend_to_visitor,
    score,
    search,
    similar,
)

__all__ = [
    "MAX_EVENTS",
    "MAX_ITEMS",
    "MAX_K",
    "MAX_USERS",
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
    "recommend",
    "recommend_batch",
    "recommend_to_visitor",
    "record_events",
    "retrain",
    "score",
    "search",
    "similar",
]
