// A proxy in front of one or more servers, which it asks in turn.

import http, { type IncomingHttpHeaders } from 'node:http';

export class Proxy {
  private constructor(
    readonly url: string,
    readonly server: http.Server,
    /** What was asked for, in order. */
    readonly paths: string[],
  ) {}

  /** `change` may take headers out of what is passed on, in both directions. */
  static async listen(
    port: number,
    targets: string[],
    change: (headers: IncomingHttpHeaders) => void = () => {},
  ): Promise<Proxy> {
    let turn = 0;
    const paths: string[] = [];
    const server = http.createServer((request, response) => {
      const target = new URL(targets[turn]);
      turn = (turn + 1) % targets.length;
      const { method, headers, url: path } = request;
      paths.push(path!);
      change(headers);
      const onward = http.request(
        { host: '127.0.0.1', port: target.port, method, path, headers, agent: false },
        (answer) => {
          change(answer.headers);
          response.writeHead(answer.statusCode!, answer.headers);
          answer.pipe(response);
        });
      onward.once('error', () => response.writeHead(502).end());
      request.pipe(onward);
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return new Proxy(`http://localhost:${port}`, server, paths);
  }

  async close() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
