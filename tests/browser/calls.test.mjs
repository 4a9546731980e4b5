// What is heard by telephone, and a provider's answer on a telephone: keys and taps are counted.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { ask, browser, Keyboard, navigated, open, serve } from './harness.mjs';
import { HOME, inNewTab, VENT } from './states.mjs';

let chrome;
let server;

before(async () => {
  chrome = await browser();
  server = await serve(['--sample']);
});
after(async () => {
  await chrome.close();
  await server.stop();
});

/** The name of the group of answers that has the focus, unless it is about the call itself. */
const focusedQuestion = (page) =>
  page.evaluate(() => {
    const field = document.activeElement;
    const isAnswer = field.matches('form[data-heard] input[type=radio]') && field.name !== 'heard_call';
    return isAnswer ? `${field.form.dataset.heard} ${field.name}` : undefined;
  });

test('by keyboard: six answers of the call sheet in at most 30 keystrokes', async () => {
  const { context, page } = await open(chrome, server);
  await ask(page, VENT);
  const sheet = await inNewTab(page, () => page.locator('button[formaction="/call-sheet"]').first().click());
  const keys = new Keyboard(sheet);
  const answered = new Set();
  while (answered.size < 6) {
    const question = await focusedQuestion(sheet);
    if (question && !answered.has(question)) {
      answered.add(question);
      await keys.press('y');
    } else {
      // From the day of room, Enter goes to the next provider.
      const isDay = await sheet.evaluate(() => document.activeElement.matches('form[data-heard] input[type=date]'));
      await keys.press(isDay ? 'Enter' : 'Tab');
    }
    assert.ok(keys.strokes <= 30, `${keys.strokes} keystrokes for ${answered.size} answers`);
  }
  console.log(`      ${keys.strokes} keystrokes`);
  const touched = [...new Set([...answered].map((question) => question.split(' ')[0]))];
  for (const call of touched) {
    await sheet.waitForFunction((id) => /^Saved/.test(document.querySelector(`[id="${id}"] [role=status]`).textContent), call);
  }
  // They are recorded: a page that is loaded anew shows them.
  const said = await Promise.all(touched.map((call) => sheet.locator(`[id="${call}"] [role=status]`).innerText()));
  const recorded = said.flatMap((text) => text.replace(/^Saved today: |\.$/g, '').split('; '));
  assert.equal(recorded.length, 6, said.join(' | '));
  await context.close();
});

test('by keyboard: after room comes its day, then the next provider, and no letter says that nobody was reached', async () => {
  // A server of its own, on which no other test has recorded an answer.
  const fresh = await serve(['--sample']);
  const { context, page } = await open(chrome, fresh);
  await ask(page, VENT);
  const sheet = await inNewTab(page, () => page.locator('button[formaction="/call-sheet"]').first().click());
  const forms = sheet.locator('form[data-heard]');
  const focus = () => sheet.evaluate(() => {
    const field = document.activeElement;
    return { name: field.name, at: Array.from(document.querySelectorAll('form[data-heard]')).indexOf(field.form) };
  });
  await forms.nth(0).locator('input[name=heard_room]').last().focus();
  await sheet.keyboard.press('y');
  assert.deepEqual(await focus(), { name: 'heard_day', at: 0 });
  await sheet.keyboard.press('Enter');
  assert.equal((await focus()).at, 1, 'the next provider');
  await sheet.keyboard.press('n');
  assert.equal(await forms.nth(1).locator('input[value$="=no"]:checked').count(), 1, 'its first question');
  for (const form of [0, 1]) {
    await sheet.waitForFunction((at) => /^Saved/.test(document.querySelectorAll('form[data-heard] [role=status]')[at].textContent), form);
    assert.equal(await forms.nth(form).locator('[data-call] :checked').inputValue(), '');
  }
  const call = forms.nth(0).locator('[data-call] input');
  await call.first().focus();
  for (const letter of ['y', 'n', 'u']) await sheet.keyboard.press(letter);
  assert.ok(await call.first().isChecked(), 'letters do nothing at the call');
  // A choice that contradicts the answers is refused in words, and an answer means that somebody was reached.
  await forms.nth(0).locator('[data-call] input[value=no_answer]').check();
  await sheet.waitForFunction(() => /Nobody was reached/.test(document.querySelectorAll('form[data-heard] [role=status]')[0].textContent));
  await forms.nth(0).locator('input[value$="=yes"]').first().check();
  await sheet.waitForFunction(() => /^Saved/.test(document.querySelectorAll('form[data-heard] [role=status]')[0].textContent));
  assert.ok(await call.first().isChecked());
  await context.close();
  await fresh.stop();
});

test('on paper: the call sheet has empty boxes and about four providers on a page', async () => {
  const { context, page } = await open(chrome, server);
  await ask(page, VENT);
  const sheet = await inNewTab(page, () => page.locator('button[formaction="/call-sheet"]').first().click());
  const rows = await sheet.locator('form[data-heard]').count();
  await sheet.emulateMedia({ media: 'print' });
  assert.equal(await sheet.locator('input[value$="=unknown"]').first().isVisible(), false, 'unknown has no box');
  assert.ok(await sheet.locator('.note-line').first().isVisible());
  const box = sheet.locator('form[data-heard] input[type=radio]:visible').first();
  assert.equal(await box.evaluate((input) => getComputedStyle(input).appearance), 'none');
  const printed = (await sheet.pdf({ format: 'letter' })).toString('latin1');
  const pages = printed.match(/\/Type\s*\/Page\b(?!s)/g).length;
  console.log(`      ${rows} providers on ${pages} pages`);
  assert.ok(rows > 3 && pages <= Math.ceil(rows / 3) + 1, `${rows} providers on ${pages} pages`);
  await context.close();
});

test('on paper: no heading of the choice list stands alone at the end of a page', async () => {
  const { context, page } = await open(chrome, server);
  await ask(page, { ...HOME, coverage: 'Larkwater Choice HMO' });
  const list = await inNewTab(page, () => page.locator('button[formaction="/choice-list"]').first().click());
  // A heading, or the sentence between it and its first place.
  const headings = await list.locator('article h2, article section > p:has(+ ul)').allInnerTexts();
  const printed = await list.pdf({ preferCSSPageSize: true });
  const text = execFileSync('pdftotext', ['-layout', '-', '-'], { input: printed }).toString();
  const foot = /^\s*(DRAFT|List number|[A-Z]{1,2}$|\d+ \/ \d+)/;
  const ends = text.split('\f').map((of) => of.split('\n').filter((line) => line.trim() && !foot.test(line)).at(-1)?.trim());
  for (const end of ends.filter(Boolean)) assert.ok(!headings.some((heading) => heading.includes(end)), `alone: ${end}`);
  assert.ok(ends.length > 4 && headings.length > 4);
  await context.close();
});

const post = async (path, body) => {
  const answer = await fetch(server.address + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert.ok(answer.ok, `${path}: ${answer.status}`);
  return answer.json();
};

/** The path of an answer link of a new referral request. */
async function answerLink(body = {}) {
  const question = { service: 'skilled_nursing', near: { zip: '64108' }, coverage: { program: 'medicare' }, limit: 1 };
  const { matches } = await post('/v1/matches', question);
  const provider = matches[0].provider.id;
  const request = await post('/v1/referral-requests', { service: 'skilled_nursing', providers: [provider], needs: ['resp.vent'], patient_agreed: true });
  return { request, path: (await post(`/v1/referral-requests/${request.id}/providers/${provider}/link`, body)).path };
}

const state = async (request) => (await (await fetch(`${server.address}/v1/referral-requests/${request.id}`)).json()).providers[0].state;

for (const scripts of [true, false]) {
  const how = scripts ? 'on a telephone' : 'on a telephone with scripts off';
  const narrow = { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true, javaScriptEnabled: scripts };

  test(`${how}: a link is answered in at most three taps, and opening it answers nothing`, async () => {
    const { request, path } = await answerLink();
    const { context, page } = await open(chrome, server, narrow);
    const before = await state(request);
    await page.goto(path);
    assert.equal(await state(request), before, 'opening a link answers nothing');
    let taps = 0;
    const tap = async (locator) => {
      const box = await locator.boundingBox();
      assert.ok(box.x >= 0 && box.x + box.width <= 320, 'the target is in view without scrolling sideways');
      taps += 1;
      await locator.tap();
    };
    await tap(page.locator('summary', { hasText: 'Decline' }));
    await tap(page.locator('details[open] label').first());
    await navigated(page, () => tap(page.locator('details[open] button[value=decline]')));
    assert.ok(taps <= 3, `${taps} taps`);
    assert.match(await page.locator('h1').innerText(), /thank you/i);
    assert.equal(await state(request), 'declined');
    await context.close();
  });

  test(`${how}: a link with a PIN is accepted in two taps`, async () => {
    const { request, path } = await answerLink({ pin: '4711' });
    const { context, page } = await open(chrome, server, narrow);
    await page.goto(path);
    await page.fill('#pin', '4711');
    await navigated(page, () => page.getByRole('button', { name: /open the request/i }).tap());
    await navigated(page, () => page.getByRole('button', { name: /^accept/i }).tap());
    assert.match(await page.locator('h1').innerText(), /thank you/i);
    assert.equal(await state(request), 'accepted');
    await context.close();
  });
}
