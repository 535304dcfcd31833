// The example `openapi_per_caller`: OUTSIDE and INSIDE say where it listens, PASSWORD what it printed.
import { authorize, check, end, execute, open, operation, operations, same, shot } from './swagger.mjs';

const { OUTSIDE, INSIDE, PASSWORD } = process.env;
const [READ, WRITE] = [operation('get', '/orders'), operation('post', '/orders')];
const schemas = (page) => page.locator('section.models').innerText();

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

await check('the outside sees what it may call', async (page) => {
  await open(page, `${OUTSIDE}/docs/`);
  same(await operations(page), ['GET /orders', 'POST /orders']);
  same((await schemas(page)).includes('Metrics'), false);
  same((await page.content()).includes('operators'), false);
  await shot(page, 'openapi_per_caller-outside');
});
await check('the inside sees more', async (page) => {
  await open(page, `${INSIDE}/docs/`);
  same((await operations(page)).sort(), ['GET /metrics', 'GET /orders', 'POST /orders']);
  same((await schemas(page)).includes('Metrics'), true);
  await shot(page, 'openapi_per_caller-inside');
  same((await execute(page, operation('get', '/metrics'))).status, '200');
});
await check('without a token an operation answers 401', async (page) => {
  await open(page, `${OUTSIDE}/docs/`);
  same((await execute(page, READ)).status, '401');
});
await check('the Authorize button takes a bearer token', async (page) => {
  const form = new URLSearchParams({ username: 'ann', password: PASSWORD, scope: 'orders:read' });
  const { access_token: token } = await (await fetch(`${OUTSIDE}/token`, { method: 'POST', body: form })).json();
  await open(page, `${OUTSIDE}/docs/`);
  await authorize(page, token);
  same((await execute(page, READ)).status, '200');
  same((await execute(page, WRITE)).status, '403');
});
await check('the Authorize button takes the password', async (page) => {
  await open(page, `${OUTSIDE}/docs/`);
  await login(page, ['orders:read', 'orders:write']);
  same((await execute(page, READ)).status, '200');
  same((await execute(page, WRITE)).status, '200');
});
await end();
