# made of pentaquark/aio by sdk/generate.py: change that
"""The client."""

from pentaquark.sync.client import Client
from pentaquark.sync.datasets import Dataset, DatasetPart, Datasets
from pentaquark.sync.endpoints import Endpoint, Endpoints
from pentaquark.sync.fraud import Detector, Fraud
from pentaquark.sync.fraud_cases import Case, Cases
from pentaquark.sync.fraud_decisions import Decision, Scoring
from pentaquark.sync.fraud_rules import BackTest, Change, Rule
from pentaquark.sync.jobs import Job, Jobs
from pentaquark.sync.models import Compression, Models, ModelVersion, RegisteredModel
from pentaquark.sync.recommendation import Recommendation, Recommender
from pentaquark.sync.studies import Studies, Study

__all__ = [
    "BackTest",
    "Case",
    "Cases",
    "Change",
    "Client",
    "Compression",
    "Dataset",
    "DatasetPart",
    "Datasets",
    "Decision",
    "Detector",
    "Endpoint",
    "Endpoints",
    "Fraud",
    "Job",
    "Jobs",
    "ModelVersion",
    "Models",
    "Recommendation",
    "Recommender",
    "RegisteredModel",
    "Rule",
    "Scoring",
    "Studies",
    "Study",
]
