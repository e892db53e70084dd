// npm's `oidc-provider`: an OpenID provider that we did not write, on a port of its own.

import http from 'node:http';
import Provider, { type KoaContextWithOIDC } from 'oidc-provider';
import { freePorts } from '../../../tools/demo-server.mjs';

export type Middleware = (context: KoaContextWithOIDC, next: () => Promise<void>) => Promise<void>;

export class ForeignProvider {
  #server: http.Server | undefined;
  provider!: Provider;

  private constructor(readonly host: string, readonly port: number) {}

  /** One that has an address and is not reached there yet. */
  static async prepare(host = 'localhost') {
    const [port] = await freePorts(1);
    return new ForeignProvider(host, port);
  }

  get url() {
    return `http://${this.host}:${this.port}`;
  }

  async listen(configuration: object, ...middleware: Middleware[]) {
    this.provider = new Provider(this.url, configuration as any);
    // Its pages fetch a font from far away and have no icon; here no browser calls anybody, and
    // the console stays empty.
    this.provider.use(async (context, next) => {
      if (context.path === '/favicon.ico') {
        context.status = 204;
        return;
      }
      await next();
      if (typeof context.body === 'string') {
        context.body = context.body.replace(/@import url\([^)]*\);/, '');
      }
    });
    for (const layer of middleware) this.provider.use(layer as any);
    this.#server = http.createServer(this.provider.callback());
    await new Promise<void>((resolve) => this.#server!.listen(this.port, '127.0.0.1', resolve));
  }

  async close() {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => (this.#server ? this.#server.close(resolve) : resolve(null)));
  }
}
