// A mail server that takes every mail and keeps it.

import net from 'node:net';
import { createInterface } from 'node:readline';

export class MailServer {
  /** To whom, and the text as its reader sees it. */
  readonly mails: { to: string; text: string }[] = [];

  private constructor(private readonly server: net.Server, readonly port: number) {}

  static async listen(port: number): Promise<MailServer> {
    const server = net.createServer();
    const mails = new MailServer(server, port);
    server.on('connection', (socket) => mails.talk(socket));
    await new Promise<void>((resolve) => { server.listen(port, '127.0.0.1', resolve); });
    return mails;
  }

  private talk(socket: net.Socket) {
    let to = '';
    let text: string[] | undefined;
    const say = (line: string) => socket.write(`${line}\r\n`);
    // A client that hangs up ends its dialogue.
    socket.on('error', () => socket.destroy());
    createInterface({ input: socket }).on('line', (line) => {
      if (text) {
        if (line !== '.') {
          text.push(line);
          return;
        }
        this.mails.push({ to, text: unquoted(text.join('\n')) });
        text = undefined;
        say('250 taken');
      } else if (/^DATA/i.test(line)) {
        text = [];
        say('354 go on');
      } else if (/^QUIT/i.test(line)) {
        say('221 bye');
        socket.end();
      } else {
        to = /^RCPT TO:<(.*?)>/i.exec(line)?.[1] ?? to;
        say('250 ok');
      }
    });
    say('220 test');
  }

  close() {
    this.server.close();
  }
}

/** Without the line ends and signs of quoted-printable (RFC 2045, section 6.7) that a link can have. */
function unquoted(text: string) {
  return text.replaceAll('=\n', '').replaceAll('=3D', '=');
}
