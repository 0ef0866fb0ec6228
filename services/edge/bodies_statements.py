"""What people say about statements and lists of payments."""

from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from services.edge.bodies import Body


class DocumentQuery(Body):
    """The query of a statement as a file."""

    language: Literal["fr", "en"] | None = Field(default=None, description="By default the caller's.")


class PaymentListQuery(DocumentQuery):
    """The query of a list of payments as a file: days on which they are payable, both included."""

    from_day: date | None = None
    to_day: date | None = None

    @model_validator(mode="after")
    def _days_in_order(self) -> Self:
        if self.from_day is not None and self.to_day is not None and self.to_day < self.from_day:
            raise ValueError("to_day must not be before from_day")
        return self


class StatementDeliveryRequest(Body):
    """Whether statements go by post as well."""

    by_post: bool
