"""Work of the database itself that time brings."""

from procrastinate.contrib.django import app

from config import partitions


@app.periodic(cron="11 2 * * *")
@app.task(name="config.make_partitions", queue="housekeeping", queueing_lock="config.make_partitions", retry=10)
def make_partitions(timestamp: int) -> None:
    """Make the months of the large tables ahead."""
    partitions.analyze(partitions.ensure())
