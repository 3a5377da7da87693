"""What a person is told: findings with evidence, one sentence, and advice."""

from backrow.diagnose.verdict.finding import Evidence, Finding

__all__ = ["Evidence", "Finding"]
