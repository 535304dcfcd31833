// The reference server, from a page of another origin: DOCS is that page, which shows the document that `#url=..` names;
// OUTSIDE and INSIDE are the server for callers there; READER and HOUSE are tokens.
import { authorize, check, end, execute, open, operation, operations, same, shot } from './swagger.mjs';

const { DOCS, OUTSIDE, INSIDE, READER, HOUSE } = process.env;
const docs = (server, token = '') => `${DOCS}#${new URLSearchParams({ url: `${server}/openapi.json`, token })}`;
const FOR_ALL = [
  'GET /api/me', 'GET /api/orders', 'GET /openapi.json', 'GET /public', 'POST /api/items', 'POST /api/orders/new',
];
const INTERNAL = ['GET /internal/metrics', 'GET /internal/users/{id}', 'POST /internal/rebuild', 'PUT /internal/users/{id}'];
const CONSOLE = 'GET /secret/console';

await check('the outside sees what it may call, and no word of the rest', async (page) => {
  await open(page, docs(OUTSIDE));
  same((await operations(page)).sort(), FOR_ALL);
  const content = await page.content();
  for (const word of ['internal', 'metrics', 'console', 'of the house']) same([word, content.includes(word)], [word, false]);
  await shot(page, 'resource_server-outside');
});
await check('the inside sees what is hidden, and calls it', async (page) => {
  await open(page, docs(INSIDE));
  same((await operations(page)).sort(), [...FOR_ALL, ...INTERNAL].sort());
  await shot(page, 'resource_server-inside');
  const answer = await execute(page, operation('get', '/internal/metrics'));
  same([answer.status, answer.text.includes('metrics-secret')], ['200', true]);
});
await check('who is of the house sees the console, and calls it with the same token', async (page) => {
  await open(page, docs(OUTSIDE, HOUSE));
  same((await operations(page)).sort(), [...FOR_ALL, CONSOLE].sort());
  await authorize(page, HOUSE);
  same((await execute(page, operation('get', '/secret/console'))).status, '200');
  await shot(page, 'resource_server-house');
});
await check('a token that is not enough shows no more', async (page) => {
  await open(page, docs(OUTSIDE, READER));
  same((await operations(page)).sort(), FOR_ALL);
});
await check('without a token an operation answers 401, and the page may read the challenge', async (page) => {
  await open(page, docs(OUTSIDE));
  const answer = await execute(page, operation('get', '/api/me'));
  same([answer.status, answer.text.includes('www-authenticate: Bearer realm=')], ['401', true]);
});
await check('the Authorize button takes a bearer token: what its scopes allow is 200, the rest 403', async (page) => {
  await open(page, docs(OUTSIDE));
  await authorize(page, READER);
  const answer = await execute(page, operation('get', '/api/me'));
  same([answer.status, answer.text.includes('rs256')], ['200', true]);
  same((await execute(page, operation('get', '/api/orders'))).status, '200');
  same((await execute(page, operation('post', '/api/orders/new'))).status, '403');
  await shot(page, 'resource_server-authorized');
});
await end();
