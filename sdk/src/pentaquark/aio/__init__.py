"""The asynchronous client; `pentaquark.sync` is made of these files by `sdk/generate.py`."""

from pentaquark.aio.client import Client
from pentaquark.aio.datasets import Dataset, DatasetPart, Datasets
from pentaquark.aio.endpoints import Endpoint, Endpoints
from pentaquark.aio.fraud import Detector, Fraud
from pentaquark.aio.fraud_cases import Case, Cases
from pentaquark.aio.fraud_decisions import Decision, Scoring
from pentaquark.aio.fraud_rules import BackTest, Change, Rule
from pentaquark.aio.jobs import Job, Jobs
from pentaquark.aio.models import Compression, Models, ModelVersion, RegisteredModel
from pentaquark.aio.recommendation import Recommendation, Recommender
from pentaquark.aio.studies import Studies, Study

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
