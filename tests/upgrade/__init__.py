"""State that an older release wrote, and what becomes of it under this one."""
