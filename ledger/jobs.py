"""Work that time brings."""

from procrastinate.contrib.django import app

from ledger import holds


@app.periodic(cron="41 * * * *")
@app.task(queueing_lock="ledger.release_overdue_holds")
def release_overdue_holds(timestamp: int) -> None:
    """Give points back whose reservation is long over and that nobody closed."""
    holds.release_overdue()
