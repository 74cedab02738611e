"""From drafts to the books: what partners tell, the activities it makes, their judgement, and what they are worth.

Nothing here depends on the order of deliveries. An event is what its latest telling says (`arrivals`), a journey
is made of the halves around it (`pairing`), and every citizen-day that is touched is judged and quantified anew
from all its activities (`days`, `judging`, `quantities`); what differs from the books is booked (`books`).
"""

from activities.pipeline.batch import find_linked as find_linked
from activities.pipeline.batch import rejudge as rejudge
from activities.pipeline.batch import run as run
