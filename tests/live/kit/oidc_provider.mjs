// An authorization server: `oidc-provider`, with client credentials and access tokens that are JWTs.
//
//   PORT=.. node oidc_provider.mjs       http://127.0.0.1:PORT
//
// The client says what is signed with, and for how long: ps256 → PS256; short → RS256, for a second; opaque → no JWT at all.
// Scopes: api:read, api:write, api:internal. The audience is what `resource` says. Every client's secret is `SECRET`.
// No part of the server, and what a test needs to make it misbehave:
//   POST /_ctl/rotate?keep=1   new keys of new names; with keep, the old ones stay published
//   POST /_ctl/fault?status=503 | delay=3000 | body=.. | location=.. | pad=BYTES   how /jwks answers from now on; without any: as it should
//   POST /_ctl/max-age?seconds=60   the Cache-Control of /jwks; none without
//   GET  /_ctl/hits            how often each path was asked for
import * as http from 'node:http';
import { Provider } from 'oidc-provider';
import { exportJWK, generateKeyPair } from 'jose';

const port = Number(process.env.PORT);
const issuer = `http://127.0.0.1:${port}`;
const secret = process.env.SECRET;
const scope = 'api:read api:write api:internal';
const algorithms = { rs256: 'RS256', ps256: 'PS256', es256: 'ES256', ed25519: 'Ed25519', eddsa: 'EdDSA', short: 'RS256', opaque: 'RS256' };

let generation = 0;
async function newKeys() {
  generation += 1;
  const options = { RS256: { modulusLength: 2048 }, PS256: { modulusLength: 2048 }, ES256: {}, Ed25519: { crv: 'Ed25519' }, EdDSA: { crv: 'Ed25519' } };
  return Promise.all(Object.entries(options).map(async ([alg, option]) => {
    const { privateKey } = await generateKeyPair(alg, { extractable: true, ...option });
    return { ...(await exportJWK(privateKey)), alg, use: 'sig', kid: `${alg.toLowerCase()}-${generation}` };
  }));
}

function provider(keys) {
  const made = new Provider(issuer, {
    jwks: { keys },
    scopes: ['openid', ...scope.split(' ')],
    clients: Object.keys(algorithms).map((client_id) => ({
      client_id, client_secret: secret, grant_types: ['client_credentials'], redirect_uris: [], response_types: [],
      token_endpoint_auth_method: 'client_secret_basic', scope,
    })),
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'https://api.test',
        useGrantedResource: () => true,
        getResourceServerInfo(_context, resource, client) {
          const alg = algorithms[client.clientId];
          return {
            scope, audience: resource, accessTokenTTL: client.clientId === 'short' ? 1 : 600,
            accessTokenFormat: client.clientId === 'opaque' ? 'opaque' : 'jwt',
            jwt: { sign: { alg, kid: `${alg.toLowerCase()}-${generation}` } },
          };
        },
      },
    },
  });
  made.on('server_error', (_context, error) => console.error('server_error', error));
  return made.callback();
}

const hits = {};
let fault = {}, maxAge = null;
let keys = await newKeys();
let answer = provider(keys);

const control = {
  async '/_ctl/rotate'(query) {
    keys = [...(await newKeys()), ...(query.get('keep') ? keys : [])];
    answer = provider(keys);
    return keys.map((key) => key.kid);
  },
  async '/_ctl/fault'(query) {
    fault = Object.fromEntries(query);
  },
  async '/_ctl/max-age'(query) {
    maxAge = query.get('seconds');
  },
  async '/_ctl/hits'() {
    return hits;
  },
};

http.createServer(async (request, response) => {
  const url = new URL(request.url, issuer);
  if (control[url.pathname]) {
    const told = await control[url.pathname](url.searchParams);
    response.setHeader('content-type', 'application/json');
    return response.end(JSON.stringify(told ?? null));
  }
  hits[url.pathname] = (hits[url.pathname] ?? 0) + 1;
  if (url.pathname === '/jwks') {
    if (maxAge !== null) response.setHeader('cache-control', `max-age=${maxAge}`);
    if (fault.delay) await new Promise((resolve) => setTimeout(resolve, Number(fault.delay)));
    if (fault.pad) return response.end(`${' '.repeat(Number(fault.pad))}{"keys":[]}`);
    if (fault.status || fault.body) {
      if (fault.location) response.setHeader('location', fault.location);
      response.writeHead(Number(fault.status ?? 200), { 'content-type': 'application/json' });
      return response.end(fault.body ?? '{"error":"fault"}');
    }
  }
  return answer(request, response);
}).listen(port, '127.0.0.1');
