// A case manager's complete task: by keyboard, without scripts, printed, and with the stated gain of each suggestion checked.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { ask, begin, browser, Keyboard, navigated, open, pdfText, printed, serve } from './harness.mjs';
import { HOME, inNewTab, nameIn, NOBODY, VENT, whatAbout } from './states.mjs';

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

const rows = (page) => page.locator('main table tbody tr:has(input[name=pick])');
const heading = (page) => page.locator('main h1').innerText();

/** How many meet the requirements, ready or not, as the head of the answer says. */
async function meeting(page) {
  const said = await page.locator('.tiers').first().innerText();
  return [...said.matchAll(/(\d+)\s+(?:Ready|Meets requirements)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
}

for (const scripts of [true, false]) {
  const how = scripts ? 'by keyboard' : 'by keyboard and with scripts off';

  test(`${how}: from the empty form to the ranked list in at most 20 keystrokes`, async () => {
    const { context, page } = await open(chrome, server, { javaScriptEnabled: scripts });
    await begin(page);
    const keys = new Keyboard(page);
    await keys.type('64108');
    await keys.press('Tab', 's', 'Tab');
    await keys.type('hmo');
    await keys.press('Tab');
    await keys.type('vent l');
    await navigated(page, () => keys.press('Enter'));
    assert.ok(keys.strokes <= 20, `${keys.strokes} keystrokes`);
    const asked = await page.locator('.chips').first().innerText();
    assert.match(asked, /64108.*Larkwater Choice HMO.*Ventilator, long-term/s);
    assert.match(await rows(page).first().innerText(), /^\s*1\b/);
    console.log(`      ${keys.strokes} keystrokes`);
    await context.close();
  });

  test(`${how}: stroke rehabilitation in at most 20 keystrokes`, async () => {
    const { context, page } = await open(chrome, server, { javaScriptEnabled: scripts });
    await begin(page);
    const keys = new Keyboard(page);
    await keys.type('64108');
    await keys.press('Tab', 'i', 'Tab');
    await keys.type('hmo');
    await keys.press('Tab');
    await keys.type('stroke');
    await navigated(page, () => keys.press('Enter'));
    assert.ok(keys.strokes <= 20, `${keys.strokes} keystrokes`);
    const asked = await page.locator('.chips').first().innerText();
    assert.match(asked, /Inpatient rehabilitation.*64108.*Larkwater Choice HMO.*Stroke/is);
    assert.match(await rows(page).first().innerText(), /^\s*1\b/);
    console.log(`      ${keys.strokes} keystrokes`);
    await context.close();
  });

  test(`${how}: at most 12 with the defaults on`, async () => {
    const { context, page } = await open(chrome, server, { javaScriptEnabled: scripts });
    await begin(page);
    const keys = new Keyboard(page);
    await keys.type('64108');
    await keys.press('Tab', 'Tab');
    await keys.type('hmo');
    await navigated(page, () => keys.press('Enter'));
    assert.ok(keys.strokes <= 12, `${keys.strokes} keystrokes`);
    assert.ok((await rows(page).count()) > 3, await page.locator('main').innerText());
    console.log(`      ${keys.strokes} keystrokes`);
    await context.close();
  });

  test(`${how}: ask, change, ask about one, and print what the patient gets`, async () => {
    const { context, page } = await open(chrome, server, { javaScriptEnabled: scripts });
    await ask(page, VENT);
    const before = await rows(page).count();

    // Change the question: the values are kept.
    await page.locator('summary', { hasText: 'Edit' }).first().focus();
    await page.keyboard.press('Enter');
    assert.equal(await page.inputValue('#near'), '64108');
    assert.match(await page.inputValue('#coverage'), /hmo/i);
    await page.fill('#within', '5');
    await navigated(page, () => page.locator('#within').press('Enter'));
    assert.ok((await rows(page).count()) < before, 'a smaller circle holds fewer');

    // Check one provider by name: the reason for its rank.
    const name = await nameIn(page.locator('main table tbody a[href^="/providers/"]').first());
    const about = await whatAbout(page, name);
    // If two have that name, the page asks which one, and one click answers.
    const which = about.getByRole('button', { name: `${name}, Kansas City MO` });
    if (await which.count()) await navigated(about, () => which.first().click());
    assert.match(await about.locator('main').innerText(), /ranked \d+ of \d+/i);
    await about.close();

    // The patient's list, in another tab.
    await ask(page, VENT);
    const list = await inNewTab(page, () => page.getByRole('button', { name: /choice list/i }).first().press('Enter'));
    assert.match(await list.locator('main').innerText(), /right to choose/i);
    await context.close();
  });
}

test('ticks travel from page to page, and the list begins with those', async () => {
  const { context, page } = await open(chrome, server, { javaScriptEnabled: false });
  await ask(page, { near: '64108', coverage: 'Medicare', within: '60' });
  const first = await nameIn(page.locator('main table tbody a[href^="/providers/"]').nth(0));
  await page.locator('main table input[name=pick]').nth(0).check();
  await navigated(page, () => page.getByRole('button', { name: /next page/i }).click());
  const second = await nameIn(page.locator('main table tbody a[href^="/providers/"]').nth(2));
  await page.locator('main table input[name=pick]').nth(2).check();
  await page.locator('input[name=patient_asked]').first().check();
  const list = await inNewTab(page, () => page.getByRole('button', { name: /choice list/i }).first().click());
  const names = (await list.locator('.list .places h3').allInnerTexts()).slice(0, 2);
  assert.deepEqual(names.map((name) => name.trim()).sort(), [first, second].sort());
  await context.close();
});

test('at the size of a small screen the first rows are seen without scrolling', async () => {
  const { context, page } = await open(chrome, server);
  await ask(page, VENT);
  const bottoms = await rows(page).evaluateAll((all) => all.map((row) => row.getBoundingClientRect().bottom));
  const bar = await page.locator('.selection').evaluate((element) => element.getBoundingClientRect().top);
  assert.ok(bottoms.filter((bottom) => bottom <= bar + 1).length >= 8, `the rows end at ${bottoms.slice(0, 5)}`);
  assert.equal(await page.evaluate(() => window.scrollY), 0);
  await context.close();
});

test('what about one that is left out says each thing that keeps it out', async () => {
  const { context, page } = await open(chrome, server);
  await ask(page, HOME);
  // One key opens it: the access key L, as Chromium gets it from a keyboard (the driver's own `press` leaves out the letter).
  const devtools = await context.newCDPSession(page);
  const key = { modifiers: 1, key: 'l', code: 'KeyL', windowsVirtualKeyCode: 76, text: 'l', unmodifiedText: 'l' };
  await devtools.send('Input.dispatchKeyEvent', { type: 'keyDown', ...key });
  const out = page.locator('#left-out details');
  assert.equal(await out.evaluate((element) => element.open), true);
  const about = await whatAbout(page, await nameIn(out.locator('a[href^="/providers/"]').first()));
  assert.match(await about.locator('main').innerText(), /service area/i);
  await context.close();
});

test('each suggestion is clicked and keeps its promise', async () => {
  let clicked = 0;
  for (const question of [VENT, { ...VENT, within: '3' }, NOBODY, { near: '64108', service: 'inpatient_rehab', coverage: 'hmo', need_words: 'stroke' }]) {
    const { context, page } = await open(chrome, server);
    await ask(page, question);
    const count = await page.locator('section[aria-label="What to try next"] button').count();
    for (let at = 0; at < count; at += 1) {
      await ask(page, question);
      const before = await meeting(page);
      const button = page.locator('section[aria-label="What to try next"] button').nth(at);
      const says = await button.innerText();
      const gain = Number((/(\d+) more meet|with (?:the first )?(\d+)/.exec(says) ?? []).slice(1).find(Boolean));
      assert.ok(gain > 0, `a suggestion without a gain: ${says}`);
      clicked += 1;
      if (/confirm/i.test(says)) {
        const sheet = await inNewTab(page, () => button.click());
        assert.equal(await sheet.locator('main table tbody tr:not(.group)').count(), gain, says);
        await sheet.close();
      } else {
        await navigated(page, () => button.click());
        assert.equal(await meeting(page), before + gain, says);
      }
    }
    await context.close();
  }
  assert.ok(clicked >= 4, `only ${clicked} suggestions`);
  console.log(`      ${clicked} suggestions`);
});

test('the list in English and Spanish, printed, reads back whole', async () => {
  for (const [language, says, draft] of [
    ['en', /right to choose/i, /draft/i],
    ['es', /derecho a (elegir|escoger)/i, /borrador/i],
  ]) {
    const { context, page } = await open(chrome, server);
    await ask(page, HOME);
    await page.selectOption('#list_language', language);
    const list = await inNewTab(page, () => page.getByRole('button', { name: /choice list/i }).first().click());
    assert.equal(await list.locator('article.list').getAttribute('lang'), language);
    const names = await list.locator('.list h3, .list li h2, .list .provider-name').allInnerTexts();
    assert.ok(names.length > 5, `${names.length} names`);
    const text = (await printed(list)).replace(/\s+/g, ' ');
    assert.match(text, says);
    assert.match(text, draft);
    for (const name of names) assert.ok(text.includes(name.replace(/\s+/g, ' ').trim()), `${name} is not on the paper`);

    // The server's PDF has the same content.
    const [download] = await Promise.all([list.waitForEvent('download'), list.getByRole('button', { name: /pdf/i }).click()]);
    const pdf = pdfText(await download.path()).replace(/\s+/g, ' ');
    for (const name of names) assert.ok(pdf.includes(name.replace(/\s+/g, ' ').trim()), `${name} is not in the PDF`);
    const structure = execFileSync('pdfinfo', ['-struct-text', await download.path()], { encoding: 'utf8' });
    assert.match(structure, /H1/);
    await context.close();
  }
});

test('the answer and the call sheet print without what only a screen needs', async () => {
  const { context, page } = await open(chrome, server);
  await ask(page, VENT);
  const sheet = await inNewTab(page, () => page.locator('button[formaction="/call-sheet"]').first().click());
  const text = await printed(sheet);
  assert.match(text, /\d{3}-\d{3}-\d{4}/);
  assert.match(text, /Do you|Are you|Can you|Will you/);
  assert.doesNotMatch(text, /Skip to main content/);
  await context.close();
});
