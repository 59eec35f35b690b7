"""What the figures of archetypes are, and of whom to address with a campaign."""

from pydantic import JsonValue

from switchboard.intelligence.archetypes import Limits
from switchboard.intelligence.custom_records import ArchetypePreviewed, Overlap, OwnArchetype
from switchboard.intelligence.metrics import Ask, Metric, Sale, Shop, Subject, Threshold, Worked, of
from switchboard.intelligence.portraits import MOST_TRAITS, TELLING
from switchboard.intelligence.predictions_metrics import SHOP as PREDICTED
from switchboard.intelligence.recommend import MAJORITY
from switchboard.intelligence.records import Archetype, RunDone, SignaturePart, Target, Trait

SHOP = Shop(
    name="once and again",
    about="Twelve customers ordered once, twelve others five times.",
    sales=(
        Sale("a{n}", "again{n}", "2024-01-01", 10, times=12),
        Sale("b{n}", "again{n}", "2024-02-10", 10, times=12),
        Sale("c{n}", "again{n}", "2024-03-21", 10, times=12),
        Sale("d{n}", "again{n}", "2024-04-30", 10, times=12),
        Sale("o{n}", "once{n}", "2024-05-20", 30, times=12),
        Sale("e{n}", "again{n}", "2024-06-09", 10, times=12),
    ),
)
PREVIEW: dict[str, JsonValue] = {"filter": {"feature": "orders", "at_least": 2}}
BACK = Ask(PREDICTED, "intelligence.recommend_segments", {"goal": "winback"})
LIMITS = Limits()
SUBJECT = Subject(
    name="archetypes",
    title="Archetypes and targets of campaigns",
    about="Named groups that together cover the customers, grown from their dominant segments; and which of them a"
    " campaign's goal is for.",
    period="all orders up to the moment",
    source="the segments and the features of all customers",
    ask=Ask(SHOP, "intelligence.top_archetypes"),
    thresholds=(
        Threshold("least", LIMITS.least, "share of customers below which a segment stays in the rest"),
        Threshold("fewest", LIMITS.fewest, "customers below which it does, too"),
        Threshold("enough", LIMITS.enough, "share of customers up to which an archetype is not split any more"),
        Threshold("most", LIMITS.most, "archetypes at most"),
        Threshold("named", LIMITS.named, "share of customers that the archetypes of the run before must still name"),
    ),
    metrics=(
        Metric(
            "member_count", "Members", "Customers who belong to the archetype.", "count", "customers",
            of(Archetype, "member_count") + of(Target, "member_count") + of(OwnArchetype, "member_count"),
            (Worked("archetypes.0.member_count", 12, "twelve ordered again, and twelve once"),),
        ),
        Metric(
            "population_percent", "Share of an archetype", "Its members of all customers.",
            "100 x members / customers",
            "per cent, 0 to 100", of(Archetype, "population_percent"),
            (Worked("archetypes.0.population_percent", 50, "100 x 12 / 24"),),
        ),
        Metric(
            "average_lifetime_value", "Average lifetime value", "Mean lifetime value of its members.",
            "total revenue / members", "currency", of(Archetype, "average_lifetime_value"),
            (Worked("archetypes.0.average_lifetime_value", 50, "5 x 10 each"),),
        ),
        Metric(
            "total_revenue", "Total revenue", "Lifetime value of its members together.", "sum of lifetime values",
            "currency", of(Archetype, "total_revenue"), (Worked("archetypes.0.total_revenue", 600, "12 x 50"),),
        ),
        Metric(
            "signature_share", "Share of the signature", "Share of the members whose dominant segment on the axis it"
            " is; 1 where the archetype fixes it.", "members with the segment / members", "share, 0 to 1",
            of(SignaturePart, "share"),
            (Worked("archetypes.0.signature.axis=purchase_frequency.share", 1, "all twelve"),),
        ),
        Metric(
            "trait_mean", "Mean of a trait", "Mean of a feature over the members, and over all customers.",
            "sum / customers who have it", "the feature's unit", of(Trait, "mean", "shop_mean"),
            (
                Worked("archetypes.name=One-time buyers.traits.feature=orders.mean", 1, "one order each"),
                Worked("archetypes.name=One-time buyers.traits.feature=orders.shop_mean", 3, "(12 x 5 + 12 x 1) / 24"),
            ),
        ),
        Metric(
            "trait_lift", "Lift of a trait", "The members' mean against the shop's.", "mean / shop_mean",
            "ratio; 1 is as all", of(Trait, "lift"),
            (Worked("archetypes.name=One-time buyers.traits.feature=orders.lift", 0.3333333333333333, "1 / 3"),),
            thresholds=(
                Threshold("telling", TELLING, "distance of the lift from 1 from which a feature is a trait"),
                Threshold("most", MOST_TRAITS, "traits at most, those furthest from 1"),
            ),
        ),
        Metric(
            "run", "Customers and archetypes of a run", "What a segmentation found: customers with an order,"
            " archetypes,"
            " and the share of customers in one that has a name.", "counts; customers in named archetypes / customers",
            "customers, archetypes, share 0 to 1", of(RunDone, "customers", "archetypes", "coverage"),
            (
                Worked("customers", 24, "12 + 12", Ask(SHOP, "intelligence.segment")),
                Worked("archetypes", 2, "who ordered again, and once", Ask(SHOP, "intelligence.segment")),
                Worked("coverage", 1, "both have a name: 24 / 24", Ask(SHOP, "intelligence.segment")),
            ),
        ),
        Metric(
            "qualifying_count", "Members who qualify", "Members whom the campaign's goal is for.", "count",
            "customers",
            of(Target, "qualifying_count"),
            (Worked("recommendations.0.qualifying_count", 10, "l1 to l10, quiet for 16 of their usual gaps", BACK),),
        ),
        Metric(
            "score", "Score of a target", "Share of the members who qualify; archetypes are shown where it is most"
            " of them.", "qualifying_count / member_count", "share, 0 to 1", of(Target, "score"),
            (Worked("recommendations.0.score", 1, "10 / 10", BACK),),
            thresholds=(Threshold("majority", MAJORITY, "the share beyond which an archetype is shown"),),
        ),
        Metric(
            "preview_fits", "People a filter finds", "People whom the filter of an archetype to be finds.", "count",
            "people", of(ArchetypePreviewed, "fits"),
            (Worked("fits", 12, "twelve have at least two orders", Ask(SHOP, "intelligence.preview_archetype",
            PREVIEW)),),
        ),
        Metric(
            "preview_members", "Members it would have", "Of those, who have ordered and whom no archetype of the"
            " workspace's own with a higher priority keeps; and their share of all customers.",
            "count; 100 x count / customers", "customers, per cent",
            of(ArchetypePreviewed, "member_count", "population_percent"),
            (
                Worked("member_count", 12, "no other keeps them", Ask(SHOP, "intelligence.preview_archetype",
                PREVIEW)),
                Worked("population_percent", 50, "12 of 24", Ask(SHOP, "intelligence.preview_archetype", PREVIEW)),
            ),
        ),
        Metric(
            "overlap", "Members in common", "Members whom an archetype that is there now has in common with it; as a"
            " share of the members of either.", "count; count / members of the one; count / members of the other",
            "customers, share 0 to 1", of(Overlap, "members_in_common", "share_of_it", "share_of_members"),
            (
                Worked("overlaps.0.members_in_common", 12, "who ordered again",
                       Ask(SHOP, "intelligence.preview_archetype", PREVIEW)),
                Worked("overlaps.0.share_of_it", 1, "12 / 12", Ask(SHOP, "intelligence.preview_archetype", PREVIEW)),
                Worked("overlaps.0.share_of_members", 1, "12 / 12", Ask(SHOP, "intelligence.preview_archetype",
                PREVIEW)),
            ),
        ),
    ),
)  # fmt: skip
