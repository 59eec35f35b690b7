"""What is answered of how well predictions did."""

from pydantic import AwareDatetime, Field

from switchboard.foundation.records import Record
from switchboard.intelligence.records import Quality


class CalibrationBin(Record):
    """Customers whose probabilities lie in one tenth."""

    customers: int
    probability: float = Field(description="mean of those they were given of a purchase")
    bought_share: float = Field(description="of them, within the window")


class PredictionQuality(Record):
    """How well the shop's customers were predicted for the last window that has passed."""

    quality: Quality | None = Field(description="null until it was measured: every week, in the background")
    calibration: tuple[CalibrationBin, ...] = Field(description="tenths with customers, the least likely first")
    horizon_days: int = Field(description="of the window")
    not_enough_data: tuple[str, ...] = Field(description="what the shop lacks for predictions")
    as_of: AwareDatetime
