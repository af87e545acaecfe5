"""One gate per stage: pure functions that read artifacts and receipts back from disk and judge them."""
