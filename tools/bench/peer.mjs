// A peer on the same machine: npm's `oidc-provider`, the most used one that speaks CIBA and runs from a
// registry package. Started as a process of its own, with its storage in memory.

import { spawn } from 'node:child_process';
import http from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { freePorts, get, root } from '../demo-server.mjs';

const client = { client_id: 'bench', client_secret: 'bench-secret-of-a-peer' };
const redirectUri = 'https://client.example/callback';

/** What its process runs. */
async function serve(port) {
  const from = createRequire(path.join(root, 'end2end/package.json'));
  const { default: Provider } = await import(pathToFileURL(from.resolve('oidc-provider')).href);
  const url = `http://localhost:${port}`;
  const provider = new Provider(url, {
    clients: [{
      ...client,
      token_endpoint_auth_method: 'client_secret_post',
      grant_types: ['authorization_code', 'urn:openid:params:grant-type:ciba'],
      redirect_uris: [redirectUri],
      backchannel_token_delivery_mode: 'poll',
    }],
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    features: {
      devInteractions: { enabled: true },
      ciba: {
        enabled: true,
        deliveryModes: ['poll'],
        processLoginHint: (_, hint) => hint,
        validateBindingMessage() {},
        validateRequestContext() {},
        verifyUserCode() {},
        triggerAuthenticationDevice() {},
      },
    },
  });
  http.createServer(provider.callback()).listen(port, '127.0.0.1', () => process.send('listening'));
}

const post = (url, fields) => fetch(url, { method: 'POST', body: new URLSearchParams(fields) });

/**
 * The peer with its subjects for the load generator: its login page, the redirect that leads there,
 * and a pending poll.
 */
export async function startPeer() {
  const [port] = await freePorts(1);
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), port], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`oidc-provider ended with ${code}`)));
  });
  const { pid } = child;
  const url = `http://127.0.0.1:${port}`;
  const query = new URLSearchParams({
    client_id: client.client_id, response_type: 'code', scope: 'openid', redirect_uri: redirectUri,
    code_challenge: 'A'.repeat(43), code_challenge_method: 'S256',
  });
  const start = { url: `http://localhost:${port}/auth?${query}`, pid };
  return {
    // Made anew for each round: its memory keeps the last thousand of what was started.
    page: async () => {
      const { headers } = await get(`${url}/auth?${query}`, { Host: `localhost:${port}` });
      const cookie = (headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ');
      return { ...start, url: new URL(headers.location, `http://localhost:${port}`).href, cookie, browser: true };
    },
    start: async () => start,
    poll: async () => {
      const { auth_req_id } = await (await post(`${url}/backchannel`,
        { ...client, scope: 'openid', login_hint: 'somebody', binding_message: 'CASE-4711' })).json();
      const grant_type = 'urn:openid:params:grant-type:ciba';
      return { url: `http://localhost:${port}/token`, form: { ...client, auth_req_id, grant_type }, isAnError: true, pid };
    },
    stop: () => child.kill('SIGKILL'),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await serve(Number(process.argv[2]));
