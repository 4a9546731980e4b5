"""Reads the FHIR view of a server with fhirclient and fhirpy, and validates every resource of its export with fhir.resources."""

import collections
import json
import os
import urllib.request

from fhir.resources.R4B import get_fhir_model_class
from fhirclient import client
from fhirclient.models.healthcareservice import HealthcareService
from fhirclient.models.organization import Organization
from fhirclient.models.practitioner import Practitioner
from fhirpy import SyncFHIRClient

BASE = os.environ["PLACEMENT_URL"] + "/fhir"
KEY = "Bearer " + os.environ["PLACEMENT_KEY"]
SPECIALTY = "http://nucc.org/provider-taxonomy|283X00000X"


def fetched(url, **headers):
    return urllib.request.urlopen(urllib.request.Request(url, headers={"Authorization": KEY, **headers}))


# The export, read as a bulk client does.
accepted = fetched(BASE + "/$export", Prefer="respond-async", Accept="application/fhir+json")
assert accepted.status == 202, accepted.status
manifest = json.load(fetched(accepted.headers["Content-Location"]))
found = collections.defaultdict(list)
for file in manifest["output"]:
    lines = fetched(file["url"], Accept="application/fhir+ndjson").read().decode().splitlines()
    assert len(lines) == file["count"], file
    found[file["type"]] += [json.loads(line) for line in lines]
for kind, resources in found.items():
    model = get_fhir_model_class(kind)
    for resource in resources:
        model.model_validate(resource)
names = sorted((one["name"] for one in found["HealthcareService"] if "283X00000X" in json.dumps(one)), key=str.lower)
assert names, "the sample has rehabilitation hospitals"

# fhirclient parses every resource with its models.
smart = client.FHIRClient(settings={"app_id": "tests", "api_base": BASE})
smart.server.session.headers["Authorization"] = KEY
search = HealthcareService.where({"specialty": SPECIALTY, "_sort": "name", "_count": "3"})
assert [one.name for one in search.perform_resources_iter(smart.server)] == names
counted = Organization.where({"type": "fac", "_summary": "count"}).perform(smart.server)
assert counted.total > 0 and not counted.entry, counted.as_json()
chained = Organization.where({"_has:HealthcareService:organization:specialty": SPECIALTY, "_count": "500"})
assert len(list(chained.perform_resources_iter(smart.server))) == len({name.split(":")[0] for name in names})
assert list(Practitioner.where({"name": "a"}).perform_resources_iter(smart.server)) == []

# fhirpy counts with a parameter of another server: it asks for lenient handling.
lenient = SyncFHIRClient(BASE, authorization=KEY, extra_headers={"Prefer": "handling=lenient"})
services = lenient.resources("HealthcareService").search(specialty=SPECIALTY)
assert services.count() == len(names)
fhirpy = SyncFHIRClient(BASE, authorization=KEY)
services = fhirpy.resources("HealthcareService").search(specialty=SPECIALTY)
assert [one["name"] for one in services.sort("name").limit(4).fetch_all()] == names
assert [one["name"] for one in services.sort("-name").limit(500).fetch()] == names[::-1]
place = services.first()["location"][0].to_resource()
city = fhirpy.resources("HealthcareService").search(specialty=SPECIALTY, **{"location.address-city": place["address"]["city"]})
assert 0 < len(city.fetch_all()) <= len(names)
network = fhirpy.resources("OrganizationAffiliation").first()["network"][0].reference
members = fhirpy.resources("Organization").has("OrganizationAffiliation", "participating-organization", network=network)
assert len(members.limit(500).fetch_all()) > 0
assert set(fhirpy.resources("Organization").elements("name").first().keys()) >= {"id", "name"}

total = sum(len(resources) for resources in found.values())
print(f"fhirclient and fhirpy: counts, orders, chains; fhir.resources: {total} of {total} resources valid")
