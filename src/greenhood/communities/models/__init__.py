"""What is on the ground in a community: people, estates, infrastructure, greens, facilities, environment, heritage."""

from greenhood.communities.models.basics import Boundary, Committee, GridCell, Population
from greenhood.communities.models.environment import (
    Environment,
    NoiseSource,
    OverheadLine,
    SortingPoint,
    SpongeFacility,
)
from greenhood.communities.models.estates import Building, DigitalServices, Estate
from greenhood.communities.models.facilities import BarrierFreePlace, Facility
from greenhood.communities.models.green import ActivityGround, GreenSpace
from greenhood.communities.models.heritage import Heritage, HeritageInspection
from greenhood.communities.models.infrastructure import FireLane, Infrastructure, Parking, WalkingPath

__all__ = [
    "ActivityGround",
    "BarrierFreePlace",
    "Boundary",
    "Building",
    "Committee",
    "DigitalServices",
    "Environment",
    "Estate",
    "Facility",
    "FireLane",
    "GreenSpace",
    "GridCell",
    "Heritage",
    "HeritageInspection",
    "Infrastructure",
    "NoiseSource",
    "OverheadLine",
    "Parking",
    "Population",
    "SortingPoint",
    "SpongeFacility",
    "WalkingPath",
]
