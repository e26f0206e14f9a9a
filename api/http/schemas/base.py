"""The base of all schemas."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from api.http.names import listed, unknown_name

MOST_UNKNOWN = 20  # fields of one object that are complained of


class RequestBody(BaseModel):
    """A JSON body: unknown fields, numbers in quotes, NaN and infinity are refused.

    `forms` says in words how such an object is written, where the names of its fields do not.
    """

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
    forms: ClassVar[str] = ""
    meant: ClassVar[tuple[str, ...]] = ()  # names that may have been meant, where they are more than the fields

    @model_validator(mode="before")
    @classmethod
    def _known_fields_only(cls, value: Any) -> Any:
        """Before anything of the object is looked at: it may have any number of fields."""
        if isinstance(value, cls):
            return value
        names = [field.alias or name for name, field in cls.model_fields.items()]
        if isinstance(value, dict) and value.keys() <= set(names):
            return value
        remedy = cls.forms or f"The fields are {listed(names)}."
        if not isinstance(value, dict):
            raise explained("object_type", f"An object is needed here, and not {kind_of(value)}.", remedy)
        errors = [
            InitErrorDetails(
                type=explained("extra_forbidden", unknown_name(name, cls.meant or names), remedy),
                loc=(name,),
                input=None,
            )
            for name in sorted(value.keys() - names)[:MOST_UNKNOWN]
        ]
        raise ValidationError.from_exception_data(cls.__name__, errors)


def explained(kind: str, message: str, remedy: str) -> PydanticCustomError:
    """A pydantic error with a remedy (api/http/invalid.py shows it)."""
    return PydanticCustomError(kind, "{message}", {"message": message, "remedy": remedy})


def kind_of(value: Any) -> str:
    """The name that JSON has for a value's kind."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "true or false"
    kinds = {str: "a text", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return kinds.get(type(value), "something else")


def examples(*values: dict[str, Any]) -> dict[str, Any]:
    """Examples for the `json_schema_extra` of a model."""
    return {"examples": list(values)}
