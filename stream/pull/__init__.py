"""Asking other systems for what is new: their lists page by page, and the history of tickets that rang.

    list or doorbell -> pages (`client`) -> events (`Vendor.translate`) -> a transaction with the cursor (`commits`)

A page counts whole or not at all: its events and the place where the list goes on are one Kafka transaction. Whatever
ends the process, the next one goes on at the last page that was written. What knows vendors is pure
(`stream.connect.api`).
"""
