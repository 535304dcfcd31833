// `oauth2-mock-server` signs whatever it is told to: tokens that no real server would issue.
//
//   PORT=.. node mock.mjs       http://127.0.0.1:PORT
//
//   POST /token, form field `change` = {"header": {..}, "payload": {..}}: merged into the token; null removes a member.
import { OAuth2Server } from 'oauth2-mock-server';

const server = new OAuth2Server();
await server.issuer.keys.generate('RS256');
server.service.on('beforeTokenSigning', (token, request) => {
  const change = JSON.parse(request.body?.change ?? '{}');
  for (const part of ['header', 'payload']) {
    for (const [name, value] of Object.entries(change[part] ?? {})) {
      if (value === null) delete token[part][name];
      else token[part][name] = value;
    }
  }
});
await server.start(Number(process.env.PORT), '127.0.0.1');
