"""What callers can ask of how well predictions did."""

from dataclasses import asdict

from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.intelligence import predictors, qualities, quality_records, records, runs
from switchboard.intelligence.predictions.predictor import HORIZON


@operation(
    "intelligence.prediction_quality", title="Quality of predictions", permission="intelligence:read", reads=True
)
async def prediction_quality(work: Work, asked: records.Asked) -> quality_records.PredictionQuality:
    """How well this shop was predicted for the last window that has passed, and whether probabilities came true."""
    as_of = await (runs.answered(work, None) if asked.as_of is None else runs.until(work, asked.as_of))
    fit = await predictors.of_run(work, (await runs.served(work)).number)
    return quality_records.PredictionQuality(
        quality=await qualities.newest(work, HORIZON, as_of),
        calibration=tuple(
            quality_records.CalibrationBin(**asdict(each)) for each in await qualities.calibration(work, as_of)
        ),
        horizon_days=HORIZON, not_enough_data=() if fit is None else fit.missing, as_of=as_of,
    )  # fmt: skip
