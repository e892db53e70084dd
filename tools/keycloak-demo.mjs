// Keycloak, this site as its authentication device, and a gateway that shows what it is to send:
// everything on this machine, until Ctrl-C. `make run-keycloak` builds and starts it.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const program = process.env.PROGRAM ?? 'target/release/ciba-login';
const config = 'contrib/keycloak/ciba-login.toml';
const children = [];

function start(name, command, args) {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  child.on('exit', (code) => {
    if (code === 3) process.exit(0); // It has said why it was skipped.
    if (!stopping) stop(`${name} has ended (${code})`, 1);
  });
  children.push(child);
}

let stopping = false;
function stop(why, code) {
  stopping = true;
  if (why) console.error(`demo: ${why}`);
  for (const child of children) child.kill('SIGTERM');
  process.exitCode = code;
  gateway.close();
}
process.on('SIGINT', () => stop(null, 0));
process.on('SIGTERM', () => stop(null, 0));

const gateway = createServer((request, response) => {
  let body = '';
  request.on('data', (part) => (body += part));
  request.on('end', () => {
    const { phone_number: number, message } = JSON.parse(body);
    console.log(`\ndemo: SMS to ${number}: ${message}\n`);
    response.writeHead(200).end();
  });
}).listen(3098, '127.0.0.1');

start('Keycloak', 'tools/keycloak', ['run']);
for (let tries = 0; ; tries++) {
  const realm = await fetch('http://127.0.0.1:8180/realms/main').catch(() => null);
  if (realm?.ok || stopping) break;
  if (tries > 300) stop('Keycloak was not ready after five minutes', 1);
  await new Promise((resolve) => setTimeout(resolve, 1000));
}
if (!stopping) {
  start('ciba-login', program, ['--config', config, 'serve']);
  console.log(`
demo: ask a customer, in another shell:

  ${program} --config ${config} request --login-hint alex --binding-message auto

demo: the link comes here as an SMS; open it, and sign in as alex with password-of-alex
`);
}
