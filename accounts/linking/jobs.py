"""Jobs of linking; each calls one station function that may run twice."""

from procrastinate.contrib.django import app

from accounts.linking import revocations, tickets


@app.task(name="accounts.linking.revoke")
def revoke() -> None:
    revocations.run()


@app.periodic(cron="*/2 * * * *")
@app.task(name="accounts.linking.retry", queueing_lock="accounts.linking.retry")
def retry(timestamp: int) -> None:
    tickets.sweep()
    revocations.run()
