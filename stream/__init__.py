"""Deskpulse: customer-support events on Kafka in, live service-quality numbers out."""

__version__ = "0.1.0"
