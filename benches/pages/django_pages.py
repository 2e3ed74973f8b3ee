"""The same pages on Django, each under `cache_page` for five minutes."""

import os
import time

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.cache import cache_page

if "REDIS_URL" in os.environ:
    CACHE = {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": os.environ["REDIS_URL"] + "/0"}
else:
    CACHE = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}

settings.configure(
    DEBUG=False,
    SECRET_KEY="of a benchmark",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],  # gives responses their length
    CACHES={"default": CACHE},
)


def text(length):
    lines = (f"<p>Line {n} of a page, numbered {n * 617 % 1009}.</p>\n" for n in range(length // 32))
    return "".join(lines)[:length].encode()


BODIES = {"small": text(10_000), "medium": text(100_000), "large": text(1_000_000)}


def ran():
    """Counts in a file, since there are several processes."""
    with open(os.environ["RUNS"], "ab") as file:
        file.write(b".")


@cache_page(300)
def page(request, size):
    ran()
    return HttpResponse(BODIES[size])


@cache_page(300)
def slow(request, number):
    time.sleep(0.05)
    ran()
    return HttpResponse(BODIES["small"])


def runs(request):
    try:
        return HttpResponse(str(os.path.getsize(os.environ["RUNS"])))
    except FileNotFoundError:
        return HttpResponse("0")


urlpatterns = [
    path("pages/<str:size>", page),
    path("slow/<str:number>", slow),
    path("runs", runs),
]

application = get_wsgi_application()
