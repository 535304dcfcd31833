// How `oauth4webapi`, whose parser of challenges is strict, reads the answers of a resource server.
//
//   node oauth4webapi.mjs BASE '[["GET", "/api/me", "TOKEN"], ..]'       one line of JSON for each
import * as oauth from 'oauth4webapi';

const [base, requests] = process.argv.slice(2);
for (const [method, path, token] of JSON.parse(requests)) {
  let seen;
  try {
    const answer = await oauth.protectedResourceRequest(token, method, new URL(path, base), undefined, undefined, { [oauth.allowInsecureRequests]: true });
    seen = { status: answer.status };
  } catch (error) {
    if (!(error instanceof oauth.WWWAuthenticateChallengeError)) throw error;
    seen = { status: error.status, challenges: error.cause };
  }
  console.log(JSON.stringify(seen));
}
