// A server with access control: a person signs in with a key, works, and signs out without leaving data.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { ask, browser, navigated, open, program, serve } from './harness.mjs';
import { VENT } from './states.mjs';

let chrome;
let server;

before(async () => {
  chrome = await browser();
  server = await serve(['--sample', '--ledger', 'ledger.sqlite'], { config: '[access]\n' });
});
after(async () => {
  await chrome.close();
  await server.stop();
});

/** A new API key with these scopes in the server's ledger. */
function key(...scopes) {
  const words = scopes.flatMap((scope) => ['--scope', scope]);
  const args = ['key', 'create', '--label', 'browser', ...words, '--ledger', 'ledger.sqlite'];
  return execFileSync(program, args, { cwd: server.folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}

/** Types a key until the server knows it, which takes at most a second. */
async function signIn(page, typed) {
  for (let tries = 0; tries < 50; tries += 1) {
    await page.fill('#key', typed);
    await navigated(page, () => page.locator('#key').press('Enter'));
    if (!(await page.locator('#key').count())) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail(await page.locator('main').innerText());
}

test('a person signs in with a key, asks, and signs out', async () => {
  const { context, page, asked } = await open(chrome, server, { javaScriptEnabled: false });
  await page.goto('/directory');
  assert.match(page.url(), /\/sign-in\?to=\/directory$/);
  const typed = key('pages');
  await signIn(page, typed);
  assert.match(page.url(), /\/directory$/, 'back to where they were');
  const [cookie] = await context.cookies();
  assert.ok(cookie.httpOnly && cookie.sameSite === 'Strict', JSON.stringify(cookie));

  await ask(page, VENT);
  assert.ok((await page.locator('main table tbody tr:has(input[name=pick])').count()) > 3);

  await navigated(page, () => page.getByRole('button', { name: 'Sign out' }).click());
  await page.goto('/');
  assert.match(page.url(), /\/sign-in$/);
  assert.deepEqual(await context.cookies(), []);
  assert.ok(asked.every((address) => !address.includes(typed)) && !server.log().includes(typed), 'the key is told nobody');
  await context.close();
});

test('a key of a program opens no page', async () => {
  const { context, page } = await open(chrome, server);
  await page.goto('/');
  const typed = key('match');
  let said = '';
  for (let tries = 0; tries < 50 && !/for programs/.test(said); tries += 1) {
    await page.fill('#key', typed);
    await navigated(page, () => page.locator('#key').press('Enter'));
    said = await page.locator('main').innerText();
    if (/not known/.test(said)) await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.match(said, /for programs/);
  await context.close();
});

test('what a provider says now stands on the page of the answer', async () => {
  const { context, page } = await open(chrome, server);
  await page.goto('/');
  await signIn(page, key('pages'));
  await ask(page, VENT);
  const link = page.locator('main table tbody a[href^="/providers/"]').first();
  const id = (await link.getAttribute('href')).replace('/providers/', '');
  const day = new Date().toLocaleDateString('en-CA');
  const writer = key('provider:write', 'directory:read');
  const put = () =>
    fetch(`${server.address}/v1/providers/${id}/availability`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${writer}`, 'content-type': 'application/json' },
      body: JSON.stringify({ availability: [{ service: 'skilled_nursing', from: day, until: day, room: true, beds: 2 }] }),
    });
  let said = await put();
  for (let tries = 0; tries < 50 && said.status === 401; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    said = await put();
  }
  assert.equal(said.status, 200, await said.text());
  await ask(page, VENT);
  assert.match(await page.locator('main').innerText(), /2 beds/);
  await context.close();
});
