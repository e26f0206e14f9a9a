"""PLACEHOLDER."""
from dataclasses import dataclass
from engine.errors import InvalidCursor
@dataclass
class Packed:
    generation: int
def read_cursor(text: str) -> Packed:
    raise InvalidCursor("This is no cursor.", "Search again.")
