"""The headline numbers of customers, on a page of their own; only where customers are counted."""

from __future__ import annotations

from typing import Final

from stream.metrics import customer_value, customers, customers_at_risk
from stream.metrics.headline import Headline, row_of

CUSTOMER_HEADLINES: Final[tuple[Headline, ...]] = (
    Headline(
        name="customers_now",
        row=row_of(customers.METRIC, "joined_not_left"),
        unit="count",
        pages=("customers",),
        samples="customers",
        title="Customers",
        meaning="Customers there are now.",
    ),
    Headline(
        name="customer_churn",
        row=row_of(customers.METRIC, "left_of_beginning"),
        unit="ratio",
        pages=("customers",),
        setting="customer_churn_ratio",
        wanted="Share of the customers at a window's beginning that left in it, at most.",
        samples="customers",
        title="Churn",
        meaning="Share of the customers at the window's beginning that left in it.",
    ),
    Headline(
        name="customer_retention",
        row=row_of(customers.METRIC, "end_without_new_of_beginning"),
        unit="ratio",
        pages=("customers",),
        at_most=False,
        setting="customer_retention_ratio",
        wanted="Customers at a window's end without new ones, of those at its beginning, at least.",
        samples="customers",
        title="Retention",
        meaning="Customers at the window's end without new ones, of those at its beginning.",
    ),
    Headline(
        name="customer_lifetime",
        row=row_of(customer_value.METRIC, "realised_of_left"),
        field="mean",
        unit="money",
        pages=("customers",),
        samples="customers",
        title="Lifetime value",
        meaning="What customers that left in the window had brought, on average.",
    ),
    Headline(
        name="revenue_per_customer",
        row=row_of(customer_value.METRIC, "net_revenue_of_customers"),
        field="mean",
        unit="money",
        pages=("customers",),
        samples="customers",
        title="Revenue per customer",
        meaning="Purchases less refunds in the window, for each customer.",
    ),
    Headline(
        name="customer_lifetime_projected",
        row=row_of(customer_value.METRIC, "projected_by_churn"),
        field="mean",
        unit="money",
        pages=("customers",),
        samples="customers",
        title="Lifetime value, projected",
        meaning="What a customer will bring if all goes on as in the window.",
    ),
    Headline(
        name="customers_joined",
        row=row_of(customers.METRIC, "joined_or_came_back"),
        unit="count",
        pages=("customers",),
        samples="customers",
        title="Joined",
        meaning="Customers that joined in the window, or came back.",
    ),
    Headline(
        name="customers_left",
        row=row_of(customers.METRIC, "left"),
        unit="count",
        pages=("customers",),
        samples="customers",
        title="Left",
        meaning="Customers that left in the window.",
    ),
    Headline(
        name="customers_at_risk",
        row=row_of(customers_at_risk.METRIC, "bad_answer_and_open_ticket"),
        unit="count",
        pages=("customers",),
        samples="customers",
        title="At risk",
        meaning="Customers whose latest answer was bad and who have an open ticket.",
    ),
)
