// Drives Swagger UI. The environment says where the example listens: OUTSIDE, INSIDE, PASSWORD; and CHROMIUM, SHOTS.
import { chromium } from 'playwright-core';

const { OUTSIDE, INSIDE, PASSWORD, CHROMIUM, SHOTS } = process.env;
const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync', '--no-first-run'];
const browser = await chromium.launch({ executablePath: CHROMIUM, args });
let passed = 0, failed = 0;

async function check(name, work) {
  const context = await browser.newContext({ viewport: { width: 1000, height: 700 } });
  context.setDefaultTimeout(20000);
  try {
    await work(await context.newPage());
    console.log(`ok    ${name}`);
    passed += 1;
  } catch (error) {
    console.log(`WRONG ${name}\n      ${String(error).split('\n')[0]}`);
    failed += 1;
  }
  await context.close();
}

function same(found, expected) {
  if (JSON.stringify(found) !== JSON.stringify(expected)) {
    throw new Error(`found ${JSON.stringify(found)}, wanted ${JSON.stringify(expected)}`);
  }
}

async function open(page, url) {
  await page.goto(`${url}/docs/`);
  await page.waitForSelector('.opblock');
}

const operations = (page) => page.locator('.opblock').evaluateAll((all) => all.map((one) =>
  `${one.querySelector('.opblock-summary-method').innerText} ${one.querySelector('.opblock-summary-path').dataset.path}`));
const schemas = (page) => page.locator('section.models').innerText();

async function status(page, block) {
  await page.locator(block).locator('.opblock-summary').click();
  await page.locator(block).locator('button.try-out__btn').click();
  await page.locator(block).locator('button.execute').click();
  return (await page.locator(block).locator('.live-responses-table .response-col_status').nth(1).innerText()).trim().slice(0, 3);
}

async function login(page, scopes) {
  await page.click('button.authorize');
  const form = page.locator('.auth-container', { hasText: 'password' }).filter({ has: page.locator('#oauth_username') });
  await form.locator('#oauth_username').fill('ann');
  await form.locator('#oauth_password').fill(PASSWORD);
  for (const scope of scopes) await form.locator(`label[for^="${scope}-"]`).first().click();
  await form.locator('button.authorize').click();
  await page.locator('.auth-container').getByText('Logout').waitFor(); // the fields are gone by then
  await page.locator('button.btn-done').last().click();
}

const [READ, WRITE] = ['.opblock-get:has([data-path="/orders"])', '.opblock-post:has([data-path="/orders"])'];

await check('the outside sees what it may call', async (page) => {
  await open(page, OUTSIDE);
  same(await operations(page), ['GET /orders', 'POST /orders']);
  same((await schemas(page)).includes('Metrics'), false);
  same((await page.content()).includes('operators'), false);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/openapi_per_caller-outside.png` });
});
await check('the inside sees more', async (page) => {
  await open(page, INSIDE);
  same((await operations(page)).sort(), ['GET /metrics', 'GET /orders', 'POST /orders']);
  same((await schemas(page)).includes('Metrics'), true);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/openapi_per_caller-inside.png` });
  same(await status(page, '.opblock-get:has([data-path="/metrics"])'), '200');
});
await check('without a token an operation answers 401', async (page) => {
  await open(page, OUTSIDE);
  same(await status(page, READ), '401');
});
await check('the Authorize button takes a bearer token', async (page) => {
  const form = new URLSearchParams({ username: 'ann', password: PASSWORD, scope: 'orders:read' });
  const { access_token: token } = await (await fetch(`${OUTSIDE}/token`, { method: 'POST', body: form })).json();
  await open(page, OUTSIDE);
  await page.click('button.authorize');
  await page.fill('input[aria-label="auth-bearer-value"]', token);
  await page.locator('.auth-container', { hasText: 'bearer' }).first().locator('button.authorize').click();
  await page.locator('button.btn-done').first().click();
  same(await status(page, READ), '200');
  same(await status(page, WRITE), '403');
});
await check('the Authorize button takes the password', async (page) => {
  await open(page, OUTSIDE);
  await login(page, ['orders:read', 'orders:write']);
  same(await status(page, READ), '200');
  same(await status(page, WRITE), '200');
});
await browser.close();
console.log(`${passed} passed, ${failed} failed, 0 skipped`);
process.exit(failed === 0 ? 0 : 1);
