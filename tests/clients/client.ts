// Calls a server from TypeScript with the types generated from the document.

import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.d.ts";

type Schemas = components["schemas"];

const FIRST = "DAMSONFOLD REHABILITATION";
const rehab: Schemas["Question"] = {
    service: "inpatient_rehab",
    near: { zip: "64108" },
    within_miles: 12,
    coverage: { plan: "Larkwater Choice HMO" },
};
const nowhere: Schemas["Question"] = { service: "hospice", near: { zip: "00000" } };

const client = createClient<paths>({
    baseUrl: process.env["PLACEMENT_URL"] ?? "",
    headers: { Authorization: `Bearer ${process.env["PLACEMENT_KEY"]}` },
});

/** The data of an answer without a problem. */
function answer<T>({ data, error }: { data?: T; error?: unknown }): T {
    assert(data !== undefined, JSON.stringify(error));
    return data;
}

const report = answer(await client.POST("/v1/matches", { body: rehab }));
assert("matches" in report);
const first = report.matches[0];
assert.equal(first?.provider.name, FIRST);
assert.equal(first?.fit, "meets");
assert.equal(report.question.service, "inpatient_rehab");

const services: Schemas["Service"][] = ["hospice", "skilled_nursing"];
const several = answer(await client.POST("/v1/matches", { body: { services, near: { zip: "64108" } } }));
assert("bundle" in several);
assert.deepEqual(several.bundle.reports.map((report) => report.question.service), services);

const { error } = await client.POST("/v1/matches", { body: nowhere });
assert.equal(error?.code, "invalid");
assert.deepEqual(error?.errors?.map(({ pointer }) => pointer), ["/near/zip"]);

const stands = answer(await client.POST("/v1/explain", { body: { discharge: rehab, provider: FIRST } }));
assert(stands.outcome === "stands");
assert.equal(stands.match.rank, 1);
assert.equal(stands.of, report.matches.length);
const nearBy: Schemas["Question"] = { service: "inpatient_rehab", near: { zip: "64108" }, within_miles: 1 };
const keptOut = answer(await client.POST("/v1/explain", { body: { discharge: nearBy, provider: FIRST } }));
assert(keptOut.outcome === "kept_out");
assert.deepEqual(keptOut.bars.map(({ reason }) => reason), ["too_far"]);

const list = answer(await client.POST("/v1/choice-lists", { body: { discharge: rehab, language: "es" } }));
assert(typeof list !== "string");
assert.equal(list.language, "es");
assert.deepEqual(list.providers.map(({ provider }) => provider.id).sort(), report.matches.map(({ provider }) => provider.id).sort());

const batch = await client.POST("/v1/matches:batch", {
    body: [rehab, nowhere].map((question, id) => JSON.stringify({ id, ...question }) + "\n").join(""),
    bodySerializer: (lines) => lines,
    headers: { "Content-Type": "application/x-ndjson" },
    parseAs: "text",
});
const lines: Schemas["BatchLine"][] = answer(batch).trimEnd().split("\n").map((line) => JSON.parse(line));
const [answered, refused] = lines;
assert.equal(lines.length, 2);
assert(answered !== undefined && "answer" in answered && "list_id" in answered.answer);
assert.equal(answered.answer.list_id, report.list_id);
assert.equal(answered.id, 0);
assert(refused !== undefined && "problem" in refused);
assert.equal(refused.line, 2);
assert.equal(refused.problem.code, "invalid");

const path = { id: "ccn:265015" };
const before = await client.GET("/v1/providers/{id}/availability", { params: { path } });
const seen = before.response.headers.get("etag") ?? "";
const stated: Schemas["RoomTold"] = { availability: [{ service: "skilled_nursing", room: true, beds: 2 }] };
const put = { params: { path, header: { "If-Match": seen } }, body: stated };
const after = answer(await client.PUT("/v1/providers/{id}/availability", put));
assert.equal(after.availability[0]?.beds, 2);
assert.equal((await client.PUT("/v1/providers/{id}/availability", put)).error?.code, "changed");

const ids: string[] = [];
let cursor: string | null = null;
do {
    const query: { service: "hospice"; state: string; limit: number; cursor?: string } = { service: "hospice", state: "MO", limit: 5 };
    if (cursor !== null) query.cursor = cursor;
    const page: Schemas["NamesAnswer"] = answer(await client.GET("/v1/providers", { params: { query } }));
    ids.push(...page.providers.map(({ id }) => id));
    cursor = page.next_cursor;
} while (cursor !== null);
assert(ids.length > 5);
assert.equal(new Set(ids).size, ids.length);
