// Reads the FHIR view of a server with fhir-kit-client.

import assert from 'node:assert/strict';
import { Client } from 'fhir-kit-client';

const client = new Client({
    baseUrl: `${process.env.PLACEMENT_URL}/fhir`,
    bearerToken: process.env.PLACEMENT_KEY,
});
const specialty = 'http://nucc.org/provider-taxonomy|283X00000X';
const names = (bundle) => bundle.entry.map((entry) => entry.resource.name);

const statement = await client.capabilityStatement();
assert(statement.instantiates[0].endsWith('/CapabilityStatement/plan-net'));

const searchParams = { specialty, _sort: 'name', _count: 5 };
const sorted = await client.search({ resourceType: 'HealthcareService', searchParams });
assert.deepEqual(names(sorted), names(sorted).toSorted((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)));
const posted = await client.search({ resourceType: 'HealthcareService', searchParams, options: { postSearch: true } });
assert.deepEqual(posted, sorted);
const next = await client.nextPage({ bundle: sorted });
assert(names(next).every((name) => !names(sorted).includes(name)));

const counted = await client.search({ resourceType: 'HealthcareService', searchParams: { specialty, _summary: 'count' } });
assert.equal(counted.total, sorted.total);
const chained = await client.search({
    resourceType: 'Organization',
    searchParams: { '_has:HealthcareService:organization:specialty': specialty, _count: 500 },
});
const city = chained.entry[0].resource.address[0].city;
const there = await client.search({
    resourceType: 'HealthcareService',
    searchParams: { specialty, 'organization.address': city, _count: 500 },
});
assert(there.total > 0 && there.total <= sorted.total);

const reference = sorted.entry[0].resource.providedBy.reference;
const provider = await client.resolve({ reference, context: sorted });
assert.equal(`${provider.resourceType}/${provider.id}`, reference);
const role = await client.search({ resourceType: 'PractitionerRole', searchParams: { network: 'x' } });
assert.deepEqual([role.total, role.entry], [0, undefined]);
console.log('fhir-kit-client: orders, counts, chains, searches by a form');
