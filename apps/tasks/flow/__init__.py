"""What tasks wait for, as a graph in memory: the critical path, slack, chains and circles.

Pure: it knows neither the database nor the time. `apps.tasks.flows` reads what it is given.
"""

from .circles import Circle
from .figures import Figures, measure
from .model import ASSUMED_MINUTES, FlowTask, WaitGraph, assumed_minutes, weigh

__all__ = [
    "ASSUMED_MINUTES",
    "Circle",
    "Figures",
    "FlowTask",
    "WaitGraph",
    "assumed_minutes",
    "measure",
    "weigh",
]
