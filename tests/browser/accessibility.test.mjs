// Every state checked with axe-core: the rules of WCAG 2.0 to 2.2, A and AA, and its best practices. In addition: visible focus.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axeSource, browser, open, serve } from './harness.mjs';
import { ELSEWHERE, reach, STATES, VENT } from './states.mjs';
import { ask } from './harness.mjs';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
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

async function violations(page) {
  // What a sticky part covers comes into view when it has the focus, which another test checks; its size is that of the whole.
  await page.evaluate(() => {
    for (const part of document.querySelectorAll('.question-bar, .selection, .rows thead th')) part.style.position = 'static';
  });
  await page.evaluate(axeSource);
  const found = await page.evaluate((tags) => window.axe.run(document, { runOnly: tags, resultTypes: ['violations'] }), RULES);
  return found.violations.map((rule) => `${rule.id}: ${rule.nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`);
}

test('there are at least 24 states', () => assert.ok(STATES.length + ELSEWHERE.length >= 24));

for (const state of STATES) {
  test(`axe: ${state.name}`, async () => {
    const { context, page } = await open(chrome, server);
    assert.deepEqual(await violations(await reach(page, state)), []);
    await context.close();
  });
  test(`axe at 320 pixels, and nothing scrolls sideways: ${state.name}`, async () => {
    const { context, page } = await open(chrome, server, { viewport: { width: 320, height: 640 } });
    const shown = await reach(page, state);
    if (shown !== page) await shown.setViewportSize({ width: 320, height: 640 });
    const wide = await shown.evaluate(() => {
      const beyond = [...document.querySelectorAll('body *')].filter(
        (element) => element.getBoundingClientRect().right > window.innerWidth + 1 && !element.closest('.scroll, svg, .sr'),
      );
      const scrolls = document.documentElement.scrollWidth > window.innerWidth;
      return scrolls ? ['the page scrolls', ...beyond.slice(0, 3).map((element) => element.outerHTML.slice(0, 120))] : [];
    });
    assert.deepEqual(wide, []);
    assert.deepEqual(await violations(shown), []);
    await context.close();
  });
}

for (const state of ELSEWHERE) {
  test(`axe: ${state.name}`, async () => {
    const other = await serve(state.args, state);
    const { context, page } = await open(chrome, other);
    assert.deepEqual(await violations(await reach(page, state)), []);
    await context.close();
    await other.stop();
  });
}

test('axe: the banner over an old directory', async () => {
  // The index is built with a clock that is four days behind.
  const old = await oldDirectory();
  const { context, page } = await open(chrome, old.server);
  await ask(page, VENT);
  assert.match(await page.locator('.warnings').innerText(), /directory is 4 days old/);
  assert.deepEqual(await violations(page), []);
  await context.close();
  await old.stop();
});

for (const state of STATES.filter(({ name }) => /empty form|several faults|every fit|opened|side by side|facility|directory|ranking/.test(name))) {
  test(`axe in dark colors: ${state.name}`, async () => {
    const { context, page } = await open(chrome, server, { colorScheme: 'dark' });
    assert.deepEqual(await violations(await reach(page, state)), []);
    await context.close();
  });
}

test('whatever has the focus shows it, and none of it is hidden', async () => {
  const { context, page } = await open(chrome, server);
  await ask(page, VENT);
  await page.evaluate(() => document.activeElement.blur());
  const seen = new Set();
  for (let stop = 0; stop < 60; stop += 1) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      const style = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      return {
        what: element.outerHTML.slice(0, 100),
        shows: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
        visible: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < window.innerHeight,
        // Nothing sticky covers it (WCAG 2.4.11).
        covered: ![0.2, 0.5, 0.8].some((part) => {
          const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height * part);
          return top && (element.contains(top) || top.contains(element));
        }),
      };
    });
    if (!focused) break;
    seen.add(focused.what);
    assert.ok(focused.shows, `no outline: ${focused.what}`);
    assert.ok(focused.visible, `out of sight: ${focused.what}`);
    assert.ok(!focused.covered, `covered: ${focused.what}`);
  }
  assert.ok(seen.size > 20, `only ${seen.size} stops`);
  await context.close();
});

async function oldDirectory() {
  const { mkdtempSync, rmSync } = await import('node:fs');
  const { execFileSync } = await import('node:child_process');
  const { tmpdir } = await import('node:os');
  const { join } = await import('node:path');
  const { program } = await import('./harness.mjs');
  const folder = mkdtempSync(join(tmpdir(), 'placement-old-'));
  execFileSync(program, ['sample', join(folder, 'files')], { stdio: 'ignore' });
  const refresh = ['-f', '-4d', program, 'refresh', '--from', join(folder, 'files'), '--index', join(folder, 'index')];
  execFileSync('faketime', refresh, { stdio: 'ignore' });
  const server = await serve(['--index', join(folder, 'index')]);
  for (let tries = 0; tries < 100 && !(await fetch(`${server.address}/readyz`)).ok; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const stop = async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { server, stop };
}
