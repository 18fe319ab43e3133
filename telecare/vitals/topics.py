"""What the socket tells about measurements: `patient:<id>`, events `measurement.new` and `limit.changed`, ids only."""

NEW = "measurement.new"
LIMIT = "limit.changed"


def patient(patient_id: str) -> str:
    """The topic of one patient's values."""
    return f"patient:{patient_id}"
