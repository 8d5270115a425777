"""What lies in `schemas/`, read: topics as they are to be, and the AsyncAPI document made of their schemas."""
