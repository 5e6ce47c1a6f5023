"""Long lives in a short time."""
