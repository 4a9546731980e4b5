// Shared by all browser tests: a server of the sample, a Chromium without network access, and a record of its requests.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const here = dirname(fileURLToPath(import.meta.url));
export const program = process.env.PLACEMENT ?? join(here, '..', '..', 'target', 'debug', 'placement');

/** Starts the program and waits until it prints its address. `clock` is an argument of faketime, such as "+4 days"; `config` is the text
 * of its placement.toml; `listen` is where it listens. */
export async function serve(args, { clock, config, listen = '127.0.0.1:0' } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'placement-browser-'));
  if (config) writeFileSync(join(folder, 'placement.toml'), config);
  const [command, before] = clock ? ['faketime', ['-f', clock, program]] : [program, []];
  const child = spawn(command, [...before, 'serve', '--listen', listen, '--data', folder, ...args], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  const address = await new Promise((resolve, reject) => {
    child.stderr.on('data', (text) => {
      log += text;
      const found = /listening on (http:\/\/[0-9.:]+)/.exec(log);
      if (found) resolve(found[1]);
    });
    child.on('exit', () => reject(new Error(`the server ended: ${log}`)));
    setTimeout(() => reject(new Error(`the server said nothing: ${log}`)), 60_000).unref();
  });
  if (!args.includes('--index')) await until(async () => (await fetch(`${address}/readyz`)).ok);
  const stop = () =>
    new Promise((resolve) => {
      child.removeAllListeners('exit');
      child.on('exit', () => {
        rmSync(folder, { recursive: true, force: true });
        resolve();
      });
      child.kill('SIGTERM');
    });
  return { address, stop, folder, log: () => log };
}

async function until(is) {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await is().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it never came true');
}

/** A Chromium that can only reach this machine. */
export function browser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-sync', '--no-first-run'],
  });
}

/** A window with the server, and a list of every requested URL. */
export async function open(chrome, server, options = {}) {
  const context = await chrome.newContext({ viewport: { width: 1366, height: 768 }, baseURL: server.address, ...options });
  const asked = [];
  context.on('request', (request) => asked.push(request.url()));
  const errors = [];
  context.on('weberror', (error) => errors.push(String(error.error())));
  context.on('console', (message) => {
    if (message.type() === 'error' && !/status of 4\d\d|status of 503/.test(message.text())) errors.push(message.text());
  });
  const page = await context.newPage();
  return { context, page, asked, errors };
}

/** A keyboard that counts keystrokes. Text is typed letter by letter, keys are pressed by name; Shift and Tab together are two. */
export class Keyboard {
  constructor(page) {
    this.page = page;
    this.strokes = 0;
  }

  async type(text) {
    await this.page.keyboard.type(text);
    this.strokes += text.length;
  }

  async press(...keys) {
    for (const key of keys) {
      await this.page.keyboard.press(key);
      this.strokes += key.split('+').length;
    }
  }
}

/** The text of the page printed as PDF, extracted by poppler. */
export async function printed(page) {
  const folder = mkdtempSync(join(tmpdir(), 'placement-print-'));
  const file = join(folder, 'page.pdf');
  await page.pdf({ path: file, format: 'Letter', preferCSSPageSize: true });
  const text = pdfText(file);
  rmSync(folder, { recursive: true });
  return text;
}

export function pdfText(file) {
  return execFileSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8' });
}

/** Runs an action that leads to another page, and waits for that page. */
export async function navigated(page, act) {
  await Promise.all([page.waitForNavigation({ waitUntil: 'load' }), act()]);
}

/** The empty form with the focus in its first field, which a browser sets a moment after the page is loaded. */
export async function begin(page) {
  await page.goto('/');
  await page.locator('#near:focus').waitFor();
}

/** Fills the form by its labels and submits it; other fields stay unchanged. */
export async function ask(page, question) {
  await begin(page);
  await page.fill('#near', question.near);
  if (question.service) await page.selectOption('#service', question.service);
  if (question.coverage !== undefined) await page.fill('#coverage', question.coverage);
  if (question.need_words) await page.fill('#need_words', question.need_words);
  for (const field of ['age', 'weight_lb', 'doses_a_day', 'language', 'on', 'within']) {
    if (question[field]) {
      const control = page.locator(`#${field}`);
      if (!(await control.isVisible())) await page.locator('details', { has: control }).last().locator('> summary').click();
      await control.fill(question[field]);
    }
  }
  await navigated(page, () => page.locator('#near').press('Enter'));
}

export const axeSource = readFileSync(join(here, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8');
