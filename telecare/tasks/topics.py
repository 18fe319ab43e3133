"""What the socket tells about tasks: `worklist:<organisation>`, events `task.new` and `task.changed`, ids only."""

NEW = "task.new"
CHANGED = "task.changed"


def worklist(organisation: str) -> str:
    """The topic of an organisation's worklist."""
    return f"worklist:{organisation}"
