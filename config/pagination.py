"""Lists are read newest first, by cursor: constant cost however long the history."""

from rest_framework.pagination import CursorPagination


class NewestFirst(CursorPagination):
    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100
    ordering = "-id"
