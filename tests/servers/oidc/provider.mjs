// A real OpenID Connect provider with a few people, for the tests of signing in.
//
//     node provider.mjs <folder that holds node_modules> [port]
//
// Says its issuer on standard output, then reads the redirect address of its one client from standard input and
// says `ready`. The folder is another one than this file's: nothing is installed into the sources.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, port = '0'] = process.argv.slice(2);
const entry = createRequire(join(folder, 'package.json')).resolve('oidc-provider');
const { default: Provider } = await import(pathToFileURL(entry));

const PEOPLE = {
  lea: { preferred_username: 'lea.martin', name: 'Léa Martin', roles: ['staff', 'cctv'], groups: ['quays', '*'] },
  sam: { preferred_username: 'sam', name: 'Sam', roles: ['gardeners'], groups: [] },
  twin: { preferred_username: 'jeanne', name: 'Another Jeanne', roles: ['cctv'], groups: [] },
};

const server = createServer();
await new Promise((resolve) => server.listen(Number(port), '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;
console.log(issuer);

const lines = createInterface({ input: process.stdin });
const redirectUri = await new Promise((resolve) => lines.once('line', resolve));
const provider = new Provider(issuer, {
  clients: [{ client_id: 'beffroi', client_secret: 'with / odd % signs + more', redirect_uris: [redirectUri.trim()] }],
  claims: { openid: ['sub'], profile: ['preferred_username', 'name', 'roles', 'groups'] },
  findAccount: (_, id) => PEOPLE[id] && { accountId: id, claims: async () => ({ sub: id, ...PEOPLE[id] }) },
  pkce: { required: () => true },
  cookies: { keys: ['of a test'] },
});
server.on('request', provider.callback());
console.log('ready');
lines.once('close', () => process.exit());
