// Drives Swagger UI in Chromium. The environment says where that is: CHROMIUM; and where to leave pictures, if anywhere: SHOTS.
import { chromium } from 'playwright-core';

const { CHROMIUM, SHOTS } = process.env;
const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync', '--no-first-run'];
const browser = await chromium.launch({ executablePath: CHROMIUM, args });
const results = [];

// Each promise in a browser of its own. What came of them is told by `end`.
export async function check(promise, work) {
  const context = await browser.newContext({ viewport: { width: 1000, height: 700 } });
  context.setDefaultTimeout(20000);
  const page = await context.newPage();
  try {
    await work(page);
    results.push({ promise });
  } catch (error) {
    results.push({ promise, problem: String(error).split('\n').slice(0, 2).join(' ') });
    await shot(page, `wrong-${results.length}`).catch(() => {});
  }
  await context.close();
}

export async function end() {
  await browser.close();
  console.log(`RESULT ${JSON.stringify(results)}`);
}

export function same(found, expected) {
  if (JSON.stringify(found) !== JSON.stringify(expected)) {
    throw new Error(`found ${JSON.stringify(found)}, wanted ${JSON.stringify(expected)}`);
  }
}

export async function shot(page, name) {
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
}

export async function open(page, address) {
  await page.goto(address);
  await page.waitForSelector('.opblock');
}

export const operations = (page) => page.locator('.opblock').evaluateAll((all) => all.map((one) =>
  `${one.querySelector('.opblock-summary-method').innerText} ${one.querySelector('.opblock-summary-path').dataset.path}`));

export const operation = (method, path) => `.opblock-${method}:has([data-path="${path}"])`;

// The status of the answer, and its headers as they are shown.
export async function execute(page, block) {
  const here = page.locator(block);
  await here.locator('.opblock-summary').click();
  await here.locator('button.try-out__btn').click();
  await here.locator('button.execute').click();
  const answer = here.locator('.live-responses-table .response').first();
  const status = (await answer.locator('.response-col_status').innerText()).trim().slice(0, 3);
  return { status, text: await answer.innerText() };
}

export async function authorize(page, token) {
  await page.click('button.authorize');
  await page.fill('input[aria-label="auth-bearer-value"]', token);
  await page.locator('.auth-container', { hasText: 'bearer' }).first().locator('button.authorize').click();
  await page.locator('button.btn-done').first().click();
}
