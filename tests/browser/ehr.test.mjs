// From the card in the EHR to the ranked answer: at most three keys, and nothing of the patient in any address.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { browser, Keyboard, open, program, serve } from './harness.mjs';

const HOSPITAL = '[defaults]\nzip = "64108"\n';
const PATIENT = ['pat-4711', 'enc-0815', 'CANARY', '449411000124106', '64108', 'Larkwater', 'skilled'];

let chrome;
let ehr;

/** A page of the EHR on another origin, with the link of the card. */
async function chart(link) {
  const page = createServer((_, reply) => {
    reply.writeHead(200, { 'content-type': 'text/html' });
    reply.end(`<!doctype html><title>Chart</title><a id="card" href="${link}" autofocus>See these providers</a>`);
  });
  await new Promise((resolve) => page.listen(0, '127.0.0.1', resolve));
  ehr = page;
  // Another site than the server's: the browser sends it no Strict cookies.
  return `http://localhost:${page.address().port}/`;
}

function call() {
  const coded = (system, code) => ({ coding: [{ system, code }] });
  return {
    hook: 'encounter-discharge',
    hookInstance: 'd1577c69-dfbe-44ad-ba6d-3e05e953b2ea',
    context: { userId: 'Practitioner/1', patientId: 'pat-4711', encounterId: 'enc-0815' },
    prefetch: {
      serviceRequest: { resourceType: 'ServiceRequest', status: 'active', code: coded('http://snomed.info/sct', '449411000124106') },
      coverage: { resourceType: 'Coverage', status: 'active', payor: [{ display: 'Larkwater Choice HMO' }] },
      patient: { resourceType: 'Patient', id: 'pat-4711', name: [{ family: 'CANARY' }] },
    },
  };
}

/** The link of the card that the server answers with. */
async function link(server, key) {
  let answer;
  for (let tries = 0; tries < 50; tries += 1) {
    const headers = { 'content-type': 'application/json', ...(key ? { authorization: `Bearer ${key}` } : {}) };
    answer = await fetch(`${server.address}/cds-services/placement`, { method: 'POST', headers, body: JSON.stringify(call()) });
    if (answer.status !== 401) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.equal(answer.status, 200);
  const [card] = (await answer.json()).cards;
  assert.match(card.links[0].url, /\/open#[\w-]{43}$/);
  return card.links[0].url;
}

function hospital() {
  const file = join(mkdtempSync(join(tmpdir(), 'placement-ehr-')), 'hospital.toml');
  writeFileSync(file, HOSPITAL);
  return file;
}

function key(server, ...scopes) {
  const words = scopes.flatMap((scope) => ['--scope', scope]);
  const args = ['key', 'create', '--label', 'browser', ...words, '--ledger', 'ledger.sqlite'];
  return execFileSync(program, args, { cwd: server.folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}

/** Every address that the browser asked for, and none with anything of the patient or the token of the link. */
function holdNothing(asked, url, log) {
  const token = url.split('#')[1];
  for (const address of asked) {
    for (const part of [...PATIENT, token]) assert.ok(!address.split('#')[0].includes(part), `${part}: ${address}`);
  }
  for (const part of ['pat-4711', 'enc-0815', 'CANARY', token]) assert.ok(!log.includes(part), part);
}

/** A port that nobody listens on. */
async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The identity provider of the hospital, or the authorization server of an EHR with these resources, at which the user is signed in already: it
 * leads back at once. */
async function provider(fhir = {}) {
  const [read, launched] = [[], []];
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const codes = new Map();
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const server = createServer((request, reply) => {
    const origin = `http://127.0.0.1:${server.address().port}`;
    const url = new URL(request.url, origin);
    const json = (value) => reply.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (url.pathname.startsWith('/fhir/') && !url.pathname.endsWith('/smart-configuration')) {
      read.push(`${url.pathname.slice('/fhir/'.length)}${url.search}`);
      const resource = request.headers.authorization === 'Bearer x' && fhir[url.pathname.slice('/fhir/'.length)];
      return resource ? json(resource) : reply.writeHead(403).end();
    }
    if (['/.well-known/openid-configuration', '/fhir/.well-known/smart-configuration'].includes(url.pathname)) {
      return json({
        issuer: origin,
        authorization_endpoint: `${origin}/authorize`,
        token_endpoint: `${origin}/token`,
        jwks_uri: `${origin}/jwks`,
        end_session_endpoint: `${origin}/logout`,
      });
    }
    if (url.pathname === '/jwks') return json({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'a', alg: 'ES256', use: 'sig' }] });
    if (url.pathname === '/logout') return reply.writeHead(200, { 'content-type': 'text/html' }).end('<title>Signed out</title><h1>Signed out there</h1>');
    if (url.pathname === '/authorize') {
      const code = randomUUID();
      const asked = Object.fromEntries(url.searchParams);
      launched.push(asked.launch);
      codes.set(code, asked);
      const back = new URL(asked.redirect_uri);
      back.search = new URLSearchParams({ code, state: asked.state }).toString();
      return reply.writeHead(302, { location: back.toString() }).end();
    }
    let body = '';
    request.on('data', (text) => (body += text));
    request.on('end', () => {
      const sent = Object.fromEntries(new URLSearchParams(body));
      const asked = codes.get(sent.code);
      codes.delete(sent.code);
      const challenge = createHash('sha256').update(sent.code_verifier ?? '').digest('base64url');
      if (!asked || challenge !== asked.code_challenge || sent.redirect_uri !== asked.redirect_uri) {
        return reply.writeHead(400).end('{"error": "invalid_grant"}');
      }
      const now = Math.floor(Date.now() / 1000);
      const claims = { iss: origin, aud: asked.client_id, sub: 'somebody', nonce: asked.nonce, iat: now, exp: now + 300, roles: ['users'] };
      const head = `${part({ alg: 'ES256', kid: 'a', typ: 'JWT' })}.${part(claims)}`;
      const signature = sign('sha256', Buffer.from(head), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
      const context = { patient: 'pat-4711', encounter: 'enc-0815' };
      return json({ access_token: 'x', token_type: 'Bearer', id_token: `${head}.${signature}`, ...context });
    });
    return undefined;
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { origin: `http://127.0.0.1:${server.address().port}`, stop: () => server.close(), read, launched };
}

before(async () => {
  chrome = await browser();
});
after(async () => {
  await chrome.close();
});

test('from the card to the ranked answer with one key', async () => {
  const server = await serve(['--sample', '--hospital', hospital()]);
  const url = await link(server);
  const { context, page, asked } = await open(chrome, server);
  await page.goto(await chart(url));
  const keys = new Keyboard(page);
  await page.locator('#card').focus();
  await keys.press('Enter');
  await page.waitForURL(/\/answer\/[\w-]{43}$/);
  assert.ok(keys.strokes <= 3, `${keys.strokes} keys`);
  console.log(`      ${keys.strokes} keys`);
  const said = await page.locator('main').innerText();
  assert.match(said, /Larkwater Choice HMO/);
  assert.match(said, /filled in from the EHR/);
  assert.match(await page.locator('main table tbody tr:has(input[name=pick])').first().innerText(), /^\s*1\b/);
  holdNothing(asked, url, server.log());
  assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length]), [0, 0]);

  // Used twice: refused in words.
  await page.goto(url);
  await page.locator('#errors').waitFor();
  assert.match(await page.locator('main').innerText(), /already used/);
  assert.equal(new URL(page.url()).hash, '', 'the token does not stay in the address');
  await context.close();
  await server.stop();
  ehr.close();
});

test('a user who is signed in needs one key, and one who is not goes on after signing in', async () => {
  const server = await serve(['--sample', '--ledger', 'ledger.sqlite', '--hospital', hospital()], { config: '[access]\n' });
  const [program_, person] = [key(server, 'match'), key(server, 'pages')];
  const { context, page, asked } = await open(chrome, server);

  // Not signed in: the card's link, then the sign-in form; the password manager fills in the key.
  let url = await link(server, program_);
  await page.goto(await chart(url));
  await page.locator('#card').focus();
  await page.keyboard.press('Enter');
  await page.locator('#key').waitFor();
  for (let tries = 0; tries < 50 && !/\/answer\//.test(page.url()); tries += 1) {
    if (await page.locator('#key').count()) {
      await page.fill('#key', person);
      await page.locator('#key').press('Enter');
    }
    await page.waitForTimeout(200);
  }
  assert.match(page.url(), /\/answer\/[\w-]{43}$/);
  holdNothing(asked, url, server.log());

  // Signed in: one key.
  ehr.close();
  url = await link(server, program_);
  await page.goto(await chart(url));
  const keys = new Keyboard(page);
  await page.locator('#card').focus();
  await keys.press('Enter');
  await page.waitForURL(/\/answer\/[\w-]{43}$/);
  assert.ok(keys.strokes <= 3, `${keys.strokes} keys`);
  console.log(`      ${keys.strokes} keys`);
  holdNothing(asked, url, server.log());
  await context.close();
  await server.stop();
  ehr.close();
});

test('from the card over the hospital\'s sign-in to the ranked answer in at most three keys, and out again there too', async () => {
  const [login, port] = [await provider(), await freePort()];
  const config = `public_url = "http://127.0.0.1:${port}"
[access]
[access.sign_in]
issuer = "${login.origin}"
client_id = "placement"
label = "Sign in with Mercy"
[access.sign_in.roles]
users = ["pages"]
`;
  const args = ['--sample', '--ledger', 'ledger.sqlite', '--hospital', hospital()];
  const server = await serve(args, { config, listen: `127.0.0.1:${port}` });
  const url = await link(server, key(server, 'match'));
  const { context, page, asked } = await open(chrome, server);
  await page.goto(await chart(url));
  const keys = new Keyboard(page);
  await page.locator('#card').focus();
  await keys.press('Enter');
  await page.locator('#provider-sign-in:focus').waitFor();
  await keys.press('Enter');
  await page.waitForURL(/\/answer\/[\w-]{43}$/);
  assert.ok(keys.strokes <= 3, `${keys.strokes} keys`);
  console.log(`      ${keys.strokes} keys`);
  assert.match(await page.locator('main').innerText(), /filled in from the EHR/);
  holdNothing(asked.filter((address) => !address.startsWith(login.origin)), url, server.log());
  for (const address of asked) assert.ok(!PATIENT.some((part) => address.includes(part)), address);

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Signed out there' }).waitFor();
  assert.match(page.url(), /\/logout\?id_token_hint=[\w-]+\.[\w-]+\.[\w-]+&client_id=placement&post_logout_redirect_uri=/);
  await page.goto(`${server.address}/directory`);
  assert.match(page.url(), /\/sign-in\?to=\/directory$/);
  assert.deepEqual(await context.cookies(server.address), []);

  // Back to the page that was asked for.
  await page.locator('#provider-sign-in').click();
  await page.waitForURL(`${server.address}/directory`);
  await context.close();
  await server.stop();
  login.stop();
  ehr.close();
});

test('from the app in the chart to the ranked answer with one key, and nothing of the patient in an address', async () => {
  const bundle = (...resources) => ({ resourceType: 'Bundle', type: 'searchset', entry: resources.map((resource) => ({ resource })) });
  const { serviceRequest, coverage } = call().prefetch;
  const login = await provider({
    'Encounter/enc-0815': { resourceType: 'Encounter', status: 'in-progress', id: 'enc-0815' },
    ServiceRequest: bundle(serviceRequest),
    Coverage: bundle(coverage),
    Condition: bundle({ resourceType: 'Condition', code: { text: 'CANARY syndrome' } }),
  });
  const port = await freePort();
  const config = `public_url = "http://127.0.0.1:${port}"
[access]
[[access.smart]]
fhir = "${login.origin}/fhir"
client_id = "placement"
`;
  const args = ['--sample', '--ledger', 'ledger.sqlite', '--hospital', hospital()];
  const server = await serve(args, { config, listen: `127.0.0.1:${port}` });
  const { context, page, asked, errors } = await open(chrome, server);
  const launch = `${server.address}/launch?iss=${encodeURIComponent(`${login.origin}/fhir`)}&launch=opaque-1`;
  await page.goto(await chart(launch.replaceAll('&', '&amp;')));
  const keys = new Keyboard(page);
  await page.locator('#card').focus();
  await keys.press('Enter');
  await page.waitForURL(/\/answer\/[\w-]{43}$/);
  assert.ok(keys.strokes <= 3, `${keys.strokes} keys`);
  console.log(`      ${keys.strokes} keys`);
  assert.deepEqual(login.launched, ['opaque-1']);
  assert.equal(login.read.length, 4, `each resource is read once: ${login.read}`);
  const said = await page.locator('main').innerText();
  assert.match(said, /Larkwater Choice HMO/);
  assert.match(said, /filled in from the EHR/);
  assert.match(await page.locator('main table tbody tr:has(input[name=pick])').first().innerText(), /^\s*1\b/);
  for (const address of asked) assert.ok(!PATIENT.some((part) => address.includes(part)), address);
  for (const part of ['pat-4711', 'enc-0815', 'CANARY', 'opaque-1']) assert.ok(!server.log().includes(part), part);
  assert.deepEqual(errors, []);

  // The user is signed in, and the session ends here.
  await page.goto(`${server.address}/directory`);
  assert.match(page.url(), /\/directory$/);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.goto(`${server.address}/directory`);
  assert.match(page.url(), /\/sign-in\?to=\/directory$/);

  // A launch from an EHR that is not known is refused in words.
  ehr.close();
  await page.goto(await chart(`${server.address}/launch?iss=https%3A%2F%2Fevil.example%2Ffhir&amp;launch=x`));
  await page.locator('#card').focus();
  await page.keyboard.press('Enter');
  await page.locator('[role=alert]').first().waitFor();
  assert.match(await page.locator('main').innerText(), /not set up for the EHR/);
  await context.close();
  await server.stop();
  login.stop();
  ehr.close();
});
