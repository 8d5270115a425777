"""All settings of Deskpulse: one frozen value, built once by the command line, handed down by section."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from stream.domain.benchmarks import Benchmark
from stream.domain.segments import FIELDS
from stream.domain.subjects import CUSTOMER, TICKET
from stream.metrics.registry import Registry
from stream.metrics.variants import with_variants

from .alerts import AlertSettings
from .benchmarks import BenchmarkSettings, benchmarks_of
from .calendars import CalendarSettings, clashes_of, wrong_dimensions_of
from .channel_seconds import AnswerWithin, ShortAbandon
from .connect import ConnectSettings
from .customers import CustomerSettings
from .dead_letters import DeadLetterSettings
from .dimensions import DimensionNames, with_usual_groups, wrong_dimensions, wrong_groups
from .export import EVERYTHING, ExportSettings
from .gateway import GatewaySettings
from .http import HttpSettings
from .kafka import KafkaSettings
from .limits import LimitSettings
from .metrics import MetricSettings, dimensions_of_metric, published_groups, published_windows
from .metrics import problems_of as problems_of_metrics
from .needs_customers import problems_of as problems_of_customers
from .own_targets import problems_of
from .privacy import PrivacySettings
from .ratio_alerts import problems_of as problems_of_ratios
from .satisfaction import SatisfactionSettings
from .section import Section, refuse
from .sentiment import SentimentSettings
from .sla import SlaSettings
from .sla import problems_of as problems_of_sla
from .targets import TargetSettings
from .top_boxes import TopBoxes
from .topics import MAX_TOPIC_CHARACTERS, SOURCE_TOPICS, TopicSettings
from .variants import VariantSettings
from .windows import GroupSettings, WindowSettings


class DefinitionSettings(Section):
    """Section ``definitions``: the knobs of what the metrics mean."""

    short_abandon_seconds: ShortAbandon = Field(
        ("0",),
        description="Abandons after a shorter wait leave both sides of the ratio; for single channels: 5,chat=0.",
    )
    answer_within_seconds: AnswerWithin = Field(
        ("20",),
        description="Service level: a contact should be answered within this time; for single channels: 20,chat=60.",
    )
    clock_skew_seconds: float = Field(
        10.0, ge=0, le=3600, description="How far the clocks of two source systems may disagree."
    )
    csat_top_boxes: TopBoxes = Field(
        (),
        description="Best points of a survey's scale that are its top boxes: 2 for all scales, 11=3 for those of 11 "
        "points. Empty: 1 of up to 3 points, 2 of up to 7, 3 of up to 11, beyond that the upper fifth.",
    )
    ended_while_waiting: Literal["abandoned", "left"] = Field(
        "abandoned",
        description="What a contact is whose conversation ended in the queue: abandoned, or left with reason ended.",
    )
    longest_wait_hours: float = Field(
        12.0,
        ge=0.01,
        le=8760,
        description="Nobody waits longer: such a contact counts as lost, not as waiting.",
    )
    segment_of_facts: Literal["now", "then"] = Field(
        "now",
        description="Dimensions (channel, team, ...) of a fact: those of the ticket now, or those of when it happened.",
    )
    follow_up_hours: float = Field(
        48.0, ge=0.01, le=8760, description="A person should have written to an NPS detractor within this time."
    )
    ces_polarity: Literal["ease", "effort"] = Field(
        "ease", description="What a high answer to a CES survey means: that it was easy, or that it took effort."
    )
    repeat_days: float = Field(
        7.0,
        ge=0.01,
        le=365,
        description="A customer who comes again within this time comes because of what was before. Needs customers.",
    )
    churn_days: float = Field(
        30.0, ge=0.01, le=3650, description="A customer who leaves within this time of an answer leaves because of it."
    )
    survey_rest_days: float = Field(
        30.0, ge=0.01, le=3650, description="Who was sent a survey is left in peace for so long. Needs customers."
    )
    reopen_horizon_days: int = Field(
        30,
        ge=0,
        le=3650,
        description="Days after which a closed ticket is forgotten; 0: never, for replay.",
    )


class PipelineSettings(Section):
    """Section ``pipeline``: how often, how much at once, and what to do about trouble."""

    commit_interval_seconds: float = Field(
        0.1,
        ge=0.01,
        le=5,
        description="Time between two transactions of a shard; most of a fact's delay.",
    )
    catch_up_interval_seconds: float = Field(
        1.0,
        ge=0.01,
        le=5,
        description="The same while a shard lags by more than batch_events: larger transactions cost less per event.",
    )
    publish_interval_seconds: float = Field(
        0.5, ge=0.05, le=60, description="Time between two refreshes of gauges, pages and alerts."
    )
    publish_rows_seconds: float = Field(
        5.0,
        ge=0,
        le=600,
        description="Least time between two writes of the rows that changed to the derived topic metrics; 0: with each "
        "refresh.",
    )
    row_writes_per_window: int = Field(
        4,
        ge=0,
        le=1000,
        description="Rows that change all the time are written so often while their window passes (every 75 s for 5m), "
        "and every 5 minutes at least; others with the next write. 0: all with each write.",
    )
    transaction_timeout_seconds: float = Field(
        10.0, ge=1, le=900, description="After this time the broker aborts what a dead worker left open."
    )
    batch_events: int = Field(2000, ge=1, le=100_000, description="Events taken from Kafka at once.")
    max_original_bytes: int = Field(
        65_536,
        ge=0,
        le=524_288,
        description="A dead letter carries an original of this size; of a larger one so much of its beginning, and its "
        "SHA-256.",
    )
    max_transaction_rows: int = Field(
        100_000,
        ge=100,
        le=10_000_000,
        description="A shard's transaction is begun before about so many rows have changed; reading waits meanwhile.",
    )
    max_transaction_bytes: int = Field(
        67_108_864,
        ge=1_048_576,
        le=1_073_741_824,
        description="The same for bytes of events, of the tickets they change, and of dead letters.",
    )
    settings_revision: int = Field(
        0,
        ge=0,
        le=1_000_000,
        description="Raise it to go back, on purpose, to settings that others have replaced: a worker with settings "
        "that the state was made by before does not start.",
    )
    max_lag_events_ready: int = Field(
        10_000,
        ge=0,
        le=1_000_000_000,
        description="The worker is ready while it lags by no more than this.",
    )
    late_after_seconds: float = Field(
        60.0,
        ge=0,
        le=604_800,
        description="Events dated so far behind the newest of their topic and partition are counted as late.",
    )
    on_gap: Literal["stop", "count"] = Field(
        "stop",
        description="When a source topic was deleted up to beyond the position, ends before it, or was created anew: "
        "stop, or count that and go on from where the topic begins.",
    )
    on_unreadable: Literal["dead_letter", "stop"] = Field(
        "dead_letter",
        description="When a batch of a source topic is damaged: one dead letter that names its records, or stop.",
    )

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.commit_interval_seconds * 2 > self.transaction_timeout_seconds:
            reason = (
                "must be at least twice pipeline.commit_interval_seconds "
                f"({self.commit_interval_seconds:g}), or every transaction is aborted"
            )
            refuse({"transaction_timeout_seconds": reason}, dict(self))
        return self


class Settings(Section):
    """Everything that can be set. ``Settings()`` is the defaults: nothing is read from the environment."""

    application_id: str = Field(
        "deskpulse",
        pattern=r"^[a-z0-9][a-z0-9.-]{0,99}$",
        description="Names consumer group, transactions and the state's topic: one per installation.",
    )
    clock: Literal["wall", "event"] = Field(
        "wall", description="What now is: the clock on the wall, or (replay) the highest event time seen."
    )
    dimensions: DimensionNames = Field(
        FIELDS,
        description="What groups are made of. channel, team and priority are fields of events, all others attributes "
        "(data.attributes). When it is changed, everything is booked anew.",
    )
    log_level: Literal["debug", "info", "warning"] = Field("info", description="Least severe messages logged.")
    kafka: KafkaSettings = KafkaSettings()
    topics: TopicSettings = TopicSettings()
    windows: WindowSettings = WindowSettings()
    group_by: GroupSettings = GroupSettings()
    definitions: DefinitionSettings = DefinitionSettings()
    targets: TargetSettings = TargetSettings()
    satisfaction: SatisfactionSettings = SatisfactionSettings()
    alerts: AlertSettings = AlertSettings()
    customers: CustomerSettings = CustomerSettings()
    privacy: PrivacySettings = PrivacySettings()
    sentiment: SentimentSettings = SentimentSettings()
    limits: LimitSettings = LimitSettings()
    pipeline: PipelineSettings = PipelineSettings()
    dead_letters: DeadLetterSettings = DeadLetterSettings()
    export: ExportSettings = ExportSettings()
    http: HttpSettings = HttpSettings()
    gateway: GatewaySettings = GatewaySettings()
    calendars: dict[str, CalendarSettings] = Field({})
    """Tables ``[calendars.<name>]``, read by `tables`; not in the catalogue of settings, as they have names."""
    benchmarks: dict[str, BenchmarkSettings] = Field({})
    """Tables ``[benchmarks.<name>]``, in the same way."""
    metrics: dict[str, MetricSettings] = Field({})
    """Tables ``[metrics.<name>]``, in the same way."""
    sla: tuple[SlaSettings, ...] = ()
    """Tables ``[[sla]]``, in the same way."""
    variants: tuple[VariantSettings, ...] = ()
    """Tables ``[[variants]]``, in the same way."""
    connect: tuple[ConnectSettings, ...] = ()
    """Sections ``[[connect]]``, read by `connect_sections`; not in the catalogue of settings, as they have names."""

    @property
    def registry(self) -> Registry:
        """All metrics: those that are registered, by these weights, and behind them the variants."""
        subjects = (TICKET, CUSTOMER) if self.customers else (TICKET,)
        variants = tuple(variant.variant() for variant in self.variants)
        return with_variants(variants, subjects, self.satisfaction.weights)

    @property
    def chosen_benchmarks(self) -> tuple[Benchmark, ...]:
        """All benchmarks, by headline."""
        return benchmarks_of(self.benchmarks)

    @property
    def is_history(self) -> bool:
        """True where events tell what is now: a replay. See `stream.clock.Present`."""
        return self.clock == "event"

    @property
    def installation(self) -> str:
        """What tells this installation from others on the same Kafka: its group, transactions, topics are named so."""
        return self.topics.prefix + self.application_id

    @property
    def source_topics(self) -> tuple[str, ...]:
        """Logical names of the topics that events are read from."""
        return SOURCE_TOPICS if self.customers else SOURCE_TOPICS[:2]

    @property
    def read_topics(self) -> tuple[str, ...]:
        """Those, and what the shards tell each other of customers."""
        return (*self.source_topics, "customer_events") if self.customers else self.source_topics

    @property
    def topic_names(self) -> dict[str, str]:
        """Topic of every logical name of `ALL_TOPICS`."""
        return self.topics.names(self.application_id)

    @model_validator(mode="before")
    @classmethod
    def _choose_groups_of_dimensions(cls, given: Any) -> Any:
        usual = {"group_by": GroupSettings(), "alerts": AlertSettings(), "export": ExportSettings()}
        return with_usual_groups(given, usual)

    @model_validator(mode="after")
    def _check_dimensions_are_known(self) -> Self:
        problems = [
            *wrong_groups(
                (
                    ("group_by.names", self.group_by.names),
                    ("alerts.group_by", self.alerts.group_by),
                    # Those of customers are made of what customers are told apart by.
                    ("export.group_bys", [by for by in self.export.group_bys if by not in self.group_names]),
                    ("export.counters_by", (self.export.counters_by,)),
                ),
                self.dimensions,
            )
        ]
        for name, chosen in self.metrics.items():
            groups = [(f"metrics.{name}.groups", chosen.groups)]
            of_metric = dimensions_of_metric(name, self.dimensions)
            problems += [("metrics", f"{key}={wrong}") for key, wrong in wrong_groups(groups, of_metric)]
        problems += [("calendars", wrong) for wrong in wrong_dimensions_of(self.calendars, self.dimensions)]
        problems += [("sla", wrong) for wrong in problems_of_sla(self.sla, self.calendars, self.dimensions)]
        for number, variant in enumerate(self.variants, 1):
            key = f"variants.{number}.where"
            problems += [("variants", wrong) for wrong in wrong_dimensions(key, variant.where, self.dimensions)]
        problems += self.privacy.wrong_dimensions(self.dimensions)
        refuse(problems, {})
        return self

    @model_validator(mode="after")
    def _check_variants(self) -> Self:
        try:
            self.registry.metrics  # noqa: B018  # made once, here
        except ValueError as error:
            refuse({"variants": f"variants: {error}"}, {})
        return self

    @model_validator(mode="after")
    def _check_watched_ratios(self) -> Self:
        wrong = problems_of_ratios(self.alerts.ratios, self.registry.metrics)
        refuse((("alerts", problem) for problem in wrong), {})
        return self

    @model_validator(mode="after")
    def _check_customers_are_known(self) -> Self:
        usual = self.targets.chosen.usual
        refuse(problems_of_customers(self.customers, self.privacy, usual, self.benchmarks), {})
        return self

    @model_validator(mode="after")
    def _check_calendars_differ(self) -> Self:
        promised = {policy.calendar for policy in self.sla}
        refuse((("calendars", problem) for problem in clashes_of(self.calendars, promised)), {})
        return self

    @model_validator(mode="after")
    def _check_own_targets_are_seen(self) -> Self:
        refuse(
            (
                ("targets", problem)
                for problem in problems_of(self.targets.chosen.own, self.group_by.names, self.dimensions)
            ),
            {},
        )
        return self

    @property
    def window_names(self) -> tuple[str, ...]:
        """Names of all windows that anything is published in."""
        return published_windows(self.registry.metrics, self.windows, self.metrics)

    @property
    def group_names(self) -> tuple[str, ...]:
        """Names of all groups that anything is published for."""
        return published_groups(self.registry.metrics, self.group_by, self.metrics, self.dimensions)

    @model_validator(mode="after")
    def _check_metrics_are_known(self) -> Self:
        problems = problems_of_metrics(self.registry.metrics, self.metrics)
        refuse((("metrics", problem) for problem in problems), {})
        return self

    @model_validator(mode="after")
    def _check_exports_are_published(self) -> Self:
        problems = []
        definitions = [spec.definition for spec in self.registry.rows]
        for field, names, known, wrong in (
            ("windows", self.export.windows, self.window_names, "is not published"),
            ("group_bys", self.export.group_bys, self.group_names, "is not published"),
            ("definitions", self.export.definitions, definitions, "is no definition"),
        ):
            problems += [
                (f"export.{field}", f"{name!r} {wrong}; there are {EVERYTHING}, {', '.join(known)}")
                for name in names
                if name not in (EVERYTHING, *known)
            ]
        refuse(problems, {})
        return self

    @model_validator(mode="after")
    def _check_topics_differ(self) -> Self:
        taken: dict[str, str] = {}
        problems = []
        for logical, name in self.topic_names.items():
            if name in taken:
                problems.append((logical, f"is the topic of topics.{taken[name]} too; give each its own"))
            taken.setdefault(name, logical)
            if len(name) > MAX_TOPIC_CHARACTERS:
                problems.append(
                    (logical, f"is {name!r} with topics.prefix: more than {MAX_TOPIC_CHARACTERS} characters")
                )
        refuse(((f"topics.{logical}", reason) for logical, reason in problems), {})
        return self
