// The demo's outbox: what customers were sent.

import { until } from './wait';

export interface Message {
  id: number;
  channel: 'sms' | 'email';
  to: string;
  subject: string | null;
  text: string;
  links: string[];
  code: string | null;
  sent_at: string;
}

export class Outbox {
  #taken = new Set<number>();

  constructor(readonly url: string) {}

  async messages(): Promise<Message[]> {
    const answer = await fetch(this.url, { headers: { accept: 'application/json' } });
    if (!answer.ok) throw new Error(`the outbox answered ${answer.status}`);
    return await answer.json();
  }

  /** The first message to this address that was not taken yet. */
  async next(channel: Message['channel'], to: string): Promise<Message> {
    return until(`a message by ${channel} to ${to}`, async () => {
      const message = (await this.messages()).find((candidate) =>
        candidate.channel === channel && candidate.to === to && !this.#taken.has(candidate.id));
      if (message) this.#taken.add(message.id);
      return message;
    });
  }

  /** The link of the next SMS to this number. */
  async smsLink(to: string): Promise<string> {
    return onlyLink(await this.next('sms', to));
  }
}

export function onlyLink(message: Message): string {
  if (message.links.length !== 1) {
    throw new Error(`one link is expected in: ${message.text}`);
  }
  return message.links[0];
}
