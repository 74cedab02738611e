from django.urls import path

from activities.intake import webhook

urlpatterns = [path("<slug:feed_code>/", webhook.receive, name="webhook")]
