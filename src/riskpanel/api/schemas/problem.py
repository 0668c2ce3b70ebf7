"""What went wrong, as RFC 9457 has it."""

from pydantic import Field

from riskpanel.api.schemas.model import Answer


class FaultModel(Answer):
    """One fault of a request."""

    location: str = Field(
        description="Where it is: path or query, then the parameter's name.", examples=["query.limit"]
    )
    detail: str = Field(
        description="What is wrong with it.", examples=["Input should be less than or equal to 500"]
    )


class ProblemModel(Answer):
    """An error; sent as application/problem+json."""

    type: str = Field(
        description="Kind of problem, as a URI; about:blank where the status says it all.",
        examples=["about:blank"],
    )
    title: str = Field(description="The kind of problem in words, always the same.", examples=["Not found"])
    status: int = Field(description="The HTTP status.", examples=[404])
    detail: str = Field(
        description="What is wrong, and with which thing.", examples=["no portfolio has the id 999"]
    )
    instance: str = Field(
        description="Path of the request.", examples=["/api/v1/data/portfolio/999/complete"]
    )
    hint: str | None = Field(
        description="What to do about it; null where nothing is known to help.", examples=["riskpanel run"]
    )
    errors: tuple[FaultModel, ...] = Field(
        description="Each fault of the request; empty when the request itself is well-formed.", examples=[[]]
    )
